//! Fails: it reads what is not there.
use weir::{Filter, Metadata, Mutation, Verdict};

#[derive(Default)]
struct Fails;

#[inline(never)]
fn deep(caller: &[u8]) -> u8 {
    caller[9]
}

impl Filter for Fails {
    const READS: &'static [&'static str] = &["caller"];

    fn on_request(&mut self, metadata: &Metadata, mutation: &mut Mutation) -> Verdict {
        let caller = metadata.get("caller").unwrap();
        if deep(caller) == 7 {
            mutation.set("seven", "yes")
        }
        Verdict::Continue
    }
}

weir::filter!(Fails, on_request);
