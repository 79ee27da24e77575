//! Tags requests with their caller, refuses those without one, and counts what comes back.
use weir::{counter, reply_error, Config, Fault, Filter, Metadata, Mutation, Verdict};

#[derive(Default)]
struct Tag {
    tag: String,
}

impl Filter for Tag {
    const READS: &'static [&'static str] = &["caller", "method"];

    fn on_configure(&mut self, config: &Config) -> Result<(), String> {
        self.tag = config.get("tag").unwrap_or("x-tag".into());
        Ok(())
    }

    fn on_request(&mut self, metadata: &Metadata, mutation: &mut Mutation) -> Verdict {
        let caller = match metadata.get("caller") {
            Some(caller) => caller,
            None => return reply_error(Fault::Denied, "who calls?"),
        };
        if metadata.get("method") == Some(b"sayHello") {
            mutation.set(&self.tag, caller);
        }
        Verdict::Continue
    }

    fn on_response(&mut self, _metadata: &Metadata, _mutation: &mut Mutation) -> Verdict {
        counter("answers", 1);
        Verdict::Continue
    }
}

weir::filter!(Tag, on_request, on_response);
