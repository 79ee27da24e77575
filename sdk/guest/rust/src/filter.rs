//! The handlers of a filter, and what is declared for them.
use crate::answer::{self, op};
use crate::config::Config;
use crate::host::log_panics;
use crate::metadata::Metadata;
use crate::mutation::Mutation;
use crate::outcome::{Outcome, Resume};
use crate::place::{block, refer, u32_at, Place};
use crate::verdict::Verdict;

const HEADER: usize = 24;
/// Where phase restore has the state, and the version it is from.
const STATE: usize = 24;
const VERSION: usize = 32;

/// Every handler may be left out; those that are there are named in `weir::filter!`.
pub trait Filter: Default {
    /// The keys that it reads, of requests and of responses; those that are computed are declared by [`reads`].
    const READS: &'static [&'static str] = &[];

    /// Called once, with the configuration.
    fn on_configure(&mut self, _config: &Config) -> Result<(), String> {
        Ok(())
    }

    fn on_request(&mut self, _metadata: &Metadata, _mutation: &mut Mutation) -> Verdict {
        Verdict::Continue
    }

    fn on_response(&mut self, _metadata: &Metadata, _mutation: &mut Mutation) -> Verdict {
        Verdict::Continue
    }

    /// A further frame of a streaming call, in either direction. It can neither be forwarded nor wait.
    fn on_stream_data(&mut self, _metadata: &Metadata, _mutation: &mut Mutation) -> Verdict {
        Verdict::Continue
    }

    /// After a pause or a call.
    fn on_resume(&mut self, _metadata: &Metadata, _mutation: &mut Mutation, _resume: &Resume) -> Verdict {
        Verdict::Continue
    }

    /// Once for every request, however it ended.
    fn on_end(&mut self, _metadata: &Metadata, _outcome: &Outcome) {}

    /// What the version that takes this one's place goes on with.
    fn snapshot(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// Takes over from the version before this one; an error says why it cannot.
    fn restore(&mut self, _state: &[u8], _version: &str) -> Result<(), String> {
        Ok(())
    }
}

static KEYS: Place<Vec<&'static str>> = Place::new(Vec::new());

/// Declares a key, in on_configure.
pub fn reads(key: &str) {
    declare(Box::leak(key.to_string().into_boxed_str()));
}

fn declare(key: &'static str) {
    if slot_of(key).is_none() {
        op(48, 0, 0, &[key.as_bytes()]);
        KEYS.get().push(key);
    }
}

/// Declares that every key is read; needs the grant `all-keys`. In on_configure, as those below.
pub fn reads_all() {
    op(49, 0, 0, &[]);
}

/// Those of requests, of responses and of frames of streams. Needs the grant `bodies`.
pub fn reads_bodies() {
    op(50, 1 | 2 | 32, 0, &[]);
}

/// The request beside its response.
pub fn reads_request() {
    op(50, 4, 0, &[]);
}

pub fn reads_operation() {
    op(50, 8, 0, &[]);
}

/// Routes may configure the filter: `on_configure` is called for each configuration, `metadata.config()` tells which holds.
pub fn reads_config() {
    op(50, 16, 0, &[]);
}

/// The same text in the source is mostly the same place in memory, so that seldom a text is compared.
#[inline]
pub(crate) fn slot_of(key: &str) -> Option<u32> {
    let keys = KEYS.get();
    let same = keys.iter().position(|known| std::ptr::eq(*known, key));
    same.or_else(|| keys.iter().position(|known| *known == key)).map(|slot| slot as u32)
}

/// The bit of the phase in which a handler is called.
pub const fn phase_bit(handler: &str) -> u8 {
    match handler.as_bytes() {
        b"on_request" => 1,
        b"on_response" => 2,
        b"on_end" => 4,
        b"on_stream_data" => 8,
        b"snapshot" | b"restore" => 16,
        b"on_configure" | b"on_resume" => 0,
        _ => panic!("no handler of this name"),
    }
}

/// One call of the host.
pub fn call<F: Filter>(filter: &mut F, phase: u32, phases: u8) -> *const u8 {
    answer::begin();
    let block = block();
    if phase == 1 {
        configure(filter, block, phases);
        return answer::end();
    }
    if phase == 7 || phase == 8 {
        hand_over(filter, block, phase);
        return answer::end();
    }
    let metadata = Metadata { record: &block[HEADER..], named: false };
    let mut mutation = Mutation { handle: metadata.handle() };
    match phase {
        2 => filter.on_request(&metadata, &mut mutation).say(mutation.handle),
        3 => filter.on_response(&metadata, &mut mutation).say(mutation.handle),
        4 => filter.on_end(&metadata, &Outcome(metadata)),
        5 => filter.on_resume(&metadata, &mut mutation, &Resume(metadata)).say(mutation.handle),
        6 => filter.on_stream_data(&metadata, &mut mutation).say(mutation.handle),
        _ => {}
    }
    answer::end()
}

/// The state goes from one version to the next.
fn hand_over<F: Filter>(filter: &mut F, block: &[u8], phase: u32) {
    if phase == 7 {
        if let Some(state) = filter.snapshot() {
            op(53, 0, 0, &[&state]);
        }
        return;
    }
    let version = String::from_utf8_lossy(refer(block, VERSION).unwrap_or(&[]));
    if let Err(why) = filter.restore(refer(block, STATE).unwrap_or(&[]), &version) {
        op(52, 0, 0, &[why.as_bytes()]);
    }
}

fn configure<F: Filter>(filter: &mut F, block: &[u8], phases: u8) {
    log_panics();
    F::READS.iter().for_each(|key| declare(key));
    let start = HEADER + 8;
    let config = Config::new(&block[start..start + u32_at(block, HEADER) as usize]);
    if let Err(why) = filter.on_configure(&config) {
        op(52, 0, 0, &[why.as_bytes()]);
    }
    op(51, phases, 0, &[]);
}
