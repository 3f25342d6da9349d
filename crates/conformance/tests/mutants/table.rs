//! Which broken implementation breaks which promise.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use handover_conformance::{Promise, Verdict, block_on};

/// A defect and the promises it breaks.
pub(crate) struct Mutant<D> {
    defect: D,
    breaks: &'static str,
    /// What it cannot but break besides.
    besides: &'static [&'static str],
}

/// All defects of one kind of implementation.
pub(crate) struct Table<D: 'static, F: ?Sized + 'static> {
    pub(crate) kind: &'static str,
    pub(crate) promises: &'static [Promise<F>],
    pub(crate) honest: D,
    pub(crate) mutants: &'static [Mutant<D>],
}

impl<D> Mutant<D> {
    pub(crate) const fn new(defect: D, breaks: &'static str) -> Self {
        Self { defect, breaks, besides: &[] }
    }

    #[allow(dead_code, reason = "for defects that cannot be told apart")]
    pub(crate) const fn besides(mut self, besides: &'static [&'static str]) -> Self {
        self.besides = besides;
        self
    }
}

impl<D: Debug, F: ?Sized> Table<D, F> {
    /// Shows that the honest implementation keeps all, and each broken one breaks its own promise.
    pub(crate) fn check(&self, make: impl Fn(&D) -> Box<F>) {
        assert_eq!(self.broken(&self.honest, &make), BTreeSet::new(), "the honest {}", self.kind);
        let (mut wrong, mut table) = (Vec::new(), String::new());
        for mutant in self.mutants {
            let broken = self.broken(&mutant.defect, &make);
            let wanted: BTreeSet<_> =
                mutant.besides.iter().copied().chain([mutant.breaks]).collect();
            let mark = if broken == wanted { "" } else { "   <- WRONG" };
            let name = format!("{:?}", mutant.defect);
            table.push_str(&format!("{:<10}{name:<26}{broken:?}{mark}\n", self.kind));
            if broken != wanted {
                wrong.push(format!("{:?} breaks {broken:?}, not {wanted:?}", mutant.defect));
            }
        }
        for promise in self.promises {
            if !self.mutants.iter().any(|mutant| mutant.breaks == promise.name) {
                wrong.push(format!("no mutant breaks {}", promise.name));
            }
        }
        println!("{table}");
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    /// The promises that an implementation breaks.
    fn broken(&self, defect: &D, make: &impl Fn(&D) -> Box<F>) -> BTreeSet<&'static str> {
        let mut broken = BTreeSet::new();
        for promise in self.promises {
            let fixture = make(defect);
            let checking = || block_on((promise.check)(&fixture));
            match catch_unwind(AssertUnwindSafe(checking)) {
                Ok(Ok(Verdict::Kept)) => {}
                Ok(Ok(Verdict::Skipped(why))) => {
                    println!("{} {defect:?} skips {}: {why}", self.kind, promise.name);
                }
                Ok(Err(violation)) => {
                    println!("    {}: {violation}", promise.name);
                    broken.insert(promise.name);
                }
                Err(_panic) => {
                    println!("    {}: panics", promise.name);
                    broken.insert(promise.name);
                }
            }
        }
        broken
    }
}
