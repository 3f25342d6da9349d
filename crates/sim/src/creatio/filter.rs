//! The subset of `$filter` the platform is known to answer. What is not known to work is refused.

use std::cmp::Ordering;

use super::data::{self, Cell, Row};
use super::fail::Fail;
use super::path::{self, Path};
use super::schema::{Entity, Kind};
use super::tenant::Tenant;

/// A parsed filter.
#[derive(Clone, Debug)]
pub(crate) enum Filter {
    And(Box<Self>, Box<Self>),
    Compare { path: Path, operator: Operator, literal: Cell },
    Not(Box<Self>),
    Or(Box<Self>, Box<Self>),
    Text { path: Path, function: Function, literal: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Eq,
    Ge,
    Gt,
    Le,
    Lt,
    Ne,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Contains,
    EndsWith,
    StartsWith,
}

impl Filter {
    pub(crate) fn parse(tenant: &Tenant, entity: &Entity, text: &str) -> Result<Self, Fail> {
        let tokens = lex(text)?;
        let mut parser = Parser { tenant, entity, tokens, at: 0, nodes: 0 };
        let filter = parser.or()?;
        if parser.at != parser.tokens.len() {
            return Err(syntax());
        }
        if parser.nodes > NODES {
            return Err(Fail::query(format!(
                "The node count limit of '{NODES}' has been exceeded. To increase the limit, set \
                 the 'MaxNodeCount' property on EnableQueryAttribute or ODataValidationSettings."
            )));
        }
        Ok(filter)
    }

    pub(crate) fn matches(&self, tenant: &Tenant, row: &Row) -> bool {
        match self {
            Self::And(left, right) => left.matches(tenant, row) && right.matches(tenant, row),
            Self::Or(left, right) => left.matches(tenant, row) || right.matches(tenant, row),
            Self::Not(inner) => !inner.matches(tenant, row),
            Self::Text { path, function, literal } => {
                let text = path.value(tenant, row).as_text();
                match function {
                    Function::Contains => text.contains(literal.as_str()),
                    Function::EndsWith => text.ends_with(literal.as_str()),
                    Function::StartsWith => text.starts_with(literal.as_str()),
                }
            }
            Self::Compare { path, operator, literal } => {
                compare(path.value(tenant, row), &path.kind, *operator, literal)
            }
        }
    }
}

/// How the database sees it: only points in time and GUIDs can be missing, the rest has a zero.
fn compare(cell: &Cell, kind: &Kind, operator: Operator, literal: &Cell) -> bool {
    if *literal == Cell::Null {
        return match operator {
            Operator::Eq => cell.is_empty(),
            Operator::Ne => !cell.is_empty(),
            _ => false,
        };
    }
    let zero;
    let cell = match (cell, kind) {
        (Cell::Null, Kind::Date | Kind::Guid | Kind::Lookup(_) | Kind::Stream) => {
            return operator == Operator::Ne;
        }
        (Cell::Null, Kind::Bool) => {
            zero = Cell::Bool(false);
            &zero
        }
        (Cell::Null, Kind::Float) => {
            zero = Cell::Float(0.0);
            &zero
        }
        (Cell::Null, Kind::Int) => {
            zero = Cell::Int(0);
            &zero
        }
        (Cell::Null, Kind::Text(_)) => {
            zero = Cell::Text(String::new());
            &zero
        }
        _ => cell,
    };
    let order = path::order(cell, literal);
    match operator {
        Operator::Eq => order == Ordering::Equal,
        Operator::Ge => order != Ordering::Less,
        Operator::Gt => order == Ordering::Greater,
        Operator::Le => order != Ordering::Greater,
        Operator::Lt => order == Ordering::Less,
        Operator::Ne => order != Ordering::Equal,
    }
}

struct Parser<'a> {
    tenant: &'a Tenant,
    entity: &'a Entity,
    tokens: Vec<Token>,
    at: usize,
    nodes: usize,
}

impl Parser<'_> {
    fn or(&mut self) -> Result<Filter, Fail> {
        let mut left = self.and()?;
        while self.word("or") {
            self.nodes += 1;
            left = Filter::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Filter, Fail> {
        let mut left = self.unary()?;
        while self.word("and") {
            self.nodes += 1;
            left = Filter::And(Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Filter, Fail> {
        if self.word("not") {
            self.nodes += 1;
            return Ok(Filter::Not(Box::new(self.unary()?)));
        }
        if self.token(&Token::Open) {
            let inner = self.or()?;
            return self.expect(&Token::Close).map(|()| inner);
        }
        let Some(Token::Word(word)) = self.next() else { return Err(syntax()) };
        if self.token(&Token::Open) {
            return self.call(&word);
        }
        let path = Path::resolve(self.tenant, self.entity, &word)?;
        self.nodes += path.nodes;
        let Some(operator) = self.operator()? else {
            if path.kind == Kind::Bool {
                let literal = Cell::Bool(true);
                return Ok(Filter::Compare { path, operator: Operator::Eq, literal });
            }
            return Err(syntax());
        };
        let literal = self.literal(&path, operator)?;
        // The comparison, the literal, and the conversion of the column to a nullable type.
        self.nodes += 3;
        Ok(Filter::Compare { path, operator, literal })
    }

    fn call(&mut self, name: &str) -> Result<Filter, Fail> {
        let function = match name {
            "contains" => Function::Contains,
            "endswith" => Function::EndsWith,
            "startswith" => Function::StartsWith,
            "guid" | "datetime" | "in" => return Err(syntax()),
            _ => {
                return Err(Fail::query(format!(
                    "An unknown function with name '{name}' was found."
                )));
            }
        };
        let Some(Token::Word(word)) = self.next() else { return Err(syntax()) };
        let path = Path::resolve(self.tenant, self.entity, &word)?;
        if !matches!(path.kind, Kind::Text(_)) {
            return Err(Fail::query(format!(
                "No function signature for the function with name '{name}' matches the specified arguments."
            )));
        }
        self.expect(&Token::Comma)?;
        let Some(Token::Text(literal)) = self.next() else { return Err(syntax()) };
        self.expect(&Token::Close)?;
        self.nodes += 2 + path.nodes;
        let filter = Filter::Text { path, function, literal };
        match self.operator()? {
            None => Ok(filter),
            Some(operator @ (Operator::Eq | Operator::Ne)) => {
                let Some(Token::Word(word)) = self.next() else { return Err(syntax()) };
                let wanted: bool = word.parse().map_err(|_| syntax())?;
                self.nodes += 2;
                if wanted == (operator == Operator::Eq) {
                    Ok(filter)
                } else {
                    Ok(Filter::Not(Box::new(filter)))
                }
            }
            Some(_) => Err(syntax()),
        }
    }

    fn operator(&mut self) -> Result<Option<Operator>, Fail> {
        let Some(Token::Word(word)) = self.tokens.get(self.at) else { return Ok(None) };
        let operator = match word.as_str() {
            "eq" => Operator::Eq,
            "ge" => Operator::Ge,
            "gt" => Operator::Gt,
            "le" => Operator::Le,
            "lt" => Operator::Lt,
            "ne" => Operator::Ne,
            "and" | "or" => return Ok(None),
            _ => return Err(syntax()),
        };
        self.at += 1;
        Ok(Some(operator))
    }

    fn literal(&mut self, path: &Path, operator: Operator) -> Result<Cell, Fail> {
        let (cell, found) = match self.next().ok_or_else(syntax)? {
            Token::Text(text) => (Cell::Text(text), "Edm.String"),
            Token::Word(word) => literal(&word).ok_or_else(syntax)?,
            _ => return Err(syntax()),
        };
        let (wanted, fits) = match path.kind {
            Kind::Bool => ("Edm.Boolean", matches!(cell, Cell::Bool(_))),
            Kind::Date => ("Edm.DateTimeOffset", matches!(cell, Cell::Date(_))),
            Kind::Float => ("Edm.Decimal", matches!(cell, Cell::Int(_) | Cell::Float(_))),
            Kind::Guid | Kind::Lookup(_) => ("Edm.Guid", matches!(cell, Cell::Guid(_))),
            Kind::Int => ("Edm.Int32", matches!(cell, Cell::Int(_))),
            Kind::Stream | Kind::Text(_) => ("Edm.String", matches!(cell, Cell::Text(_))),
        };
        match cell {
            Cell::Null => Ok(Cell::Null),
            Cell::Int(value) if path.kind == Kind::Float => {
                value.to_string().parse().map(Cell::Float).map_err(|_| syntax())
            }
            cell if fits => Ok(cell),
            _ => Err(Fail::query(format!(
                "A binary operator with incompatible types was detected. Found operand types \
                 '{wanted}' and '{found}' for operator kind '{operator:?}'."
            ))),
        }
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn word(&mut self, word: &str) -> bool {
        let here = matches!(self.tokens.get(self.at), Some(Token::Word(next)) if next == word);
        self.at += usize::from(here);
        here
    }

    fn token(&mut self, token: &Token) -> bool {
        let here = self.tokens.get(self.at) == Some(token);
        self.at += usize::from(here);
        here
    }

    fn expect(&mut self, token: &Token) -> Result<(), Fail> {
        if self.token(token) { Ok(()) } else { Err(syntax()) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Close,
    Comma,
    Open,
    Text(String),
    Word(String),
}

fn lex(text: &str) -> Result<Vec<Token>, Fail> {
    let mut tokens = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            ' ' => {}
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            '\'' => {
                let mut literal = String::new();
                loop {
                    match characters.next() {
                        Some('\'') if characters.next_if_eq(&'\'').is_some() => literal.push('\''),
                        Some('\'') => break,
                        Some(inside) => literal.push(inside),
                        None => {
                            return Err(Fail::query("There is an unterminated string literal."));
                        }
                    }
                }
                tokens.push(Token::Text(literal));
            }
            _ => {
                let mut word = String::from(character);
                while let Some(next) = characters.next_if(|next| !" (),'".contains(*next)) {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
        }
    }
    Ok(tokens)
}

fn literal(word: &str) -> Option<(Cell, &'static str)> {
    let cell = match word {
        "false" => (Cell::Bool(false), "Edm.Boolean"),
        "null" => (Cell::Null, "null"),
        "true" => (Cell::Bool(true), "Edm.Boolean"),
        _ => {
            if let Some(id) = data::guid(word) {
                (Cell::Guid(id), "Edm.Guid")
            } else if let Some(date) = data::date(word) {
                (Cell::Date(date), "Edm.DateTimeOffset")
            } else if let Ok(number) = word.parse() {
                (Cell::Int(number), "Edm.Int32")
            } else {
                (Cell::Float(word.parse().ok()?), "Edm.Decimal")
            }
        }
    };
    Some(cell)
}

fn syntax() -> Fail {
    Fail::query("Syntax error in the filter expression.")
}

const NODES: usize = 100;
