//! plugin-name: tells the service who called, and refuses who is banned.
use weir::{reply_error, Config, Fault, Filter, Metadata, Mutation, Verdict};

#[derive(Default)]
struct Tag {
    banned: String,
}

impl Filter for Tag {
    const READS: &'static [&'static str] = &["caller"];

    /// Called once, with the configuration; an error says what is wrong with it.
    fn on_configure(&mut self, config: &Config) -> Result<(), String> {
        self.banned = config.get("banned").unwrap_or_default();
        Ok(())
    }

    /// Called with every request; `mutation` changes what goes on to the service.
    fn on_request(&mut self, metadata: &Metadata, mutation: &mut Mutation) -> Verdict {
        let caller = metadata.get("caller").unwrap_or(b"nobody");
        if !self.banned.is_empty() && caller == self.banned.as_bytes() {
            return reply_error(Fault::Denied, format!("{} may not call", self.banned));
        }
        mutation.set("plugin-name", caller);
        Verdict::Continue
    }
}

weir::filter!(Tag, on_request);
