//! The table at the end.

use std::fmt;

/// Rows to print: what was measured, its floor, and the goal.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<[String; 6]>,
}

/// Whether a figure is good when it is large or when it is small.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    None,
}

impl Table {
    /// Ours beside something else; the goal is about their quotient.
    pub(crate) fn ratio(
        &mut self,
        name: &str,
        ours: String,
        floor: String,
        ratio: f64,
        goal: Goal,
    ) {
        self.push([name.to_owned(), ours, floor, format!("{ratio:.2}"), goal.text("x"), {
            goal.verdict(ratio)
        }]);
    }

    /// A figure of ours alone.
    pub(crate) fn figure(&mut self, name: &str, value: f64, unit: &str, goal: Goal) {
        let digits = if value.abs() < 10.0 && value.fract() != 0.0 { 2 } else { 0 };
        let ours = format!("{value:.digits$} {unit}");
        let row = [goal.text(&format!(" {unit}")), goal.verdict(value)];
        let [text, verdict] = row;
        self.push([name.to_owned(), ours, String::new(), String::new(), text, verdict]);
    }

    fn push(&mut self, row: [String; 6]) {
        self.rows.push(row);
    }
}

impl Goal {
    fn text(self, unit: &str) -> String {
        match self {
            Self::AtLeast(goal) => format!(">= {goal}{unit}"),
            Self::AtMost(goal) => format!("<= {goal}{unit}"),
            Self::None => String::new(),
        }
    }

    fn verdict(self, value: f64) -> String {
        let met = match self {
            Self::AtLeast(goal) => value >= goal,
            Self::AtMost(goal) => value <= goal,
            Self::None => return String::new(),
        };
        if met { "met".to_owned() } else { "MISSED".to_owned() }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = ["benchmark", "ours", "floor", "ratio", "goal", "met?"].map(str::to_owned);
        let all: Vec<&[String; 6]> = std::iter::once(&head).chain(&self.rows).collect();
        let widths: Vec<usize> = (0..head.len())
            .map(|column| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
            .collect();
        for (index, row) in all.iter().enumerate() {
            let cells: Vec<String> =
                row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            writeln!(f, "| {} |", cells.join(" | "))?;
            if index == 0 {
                let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
                writeln!(f, "| {} |", rules.join(" | "))?;
            }
        }
        Ok(())
    }
}
