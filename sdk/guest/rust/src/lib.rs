//! What a plugin of weir is written with: a type with [`Filter`], and `weir::filter!(Type, on_request, …)` with the
//! handlers that it has. The bytes between host and guest are in `sdk/ABI.md`.
mod answer;
mod checksum;
#[doc(hidden)]
pub mod codec;
mod config;
#[doc(hidden)]
pub mod filter;
mod frame;
mod host;
mod message;
mod metadata;
mod mutation;
mod outcome;
mod outgoing;
#[doc(hidden)]
pub mod place;
mod reader;
mod verdict;
mod writer;

pub use checksum::{adler32, crc32, fnv1a};
pub use codec::{set_state, Codec, Correlation, Declaration, LocalError, Sink, Sniff};
pub use config::Config;
pub use filter::{reads, reads_all, reads_bodies, reads_config, reads_operation, reads_request, Filter};
pub use frame::{message, passed, refused, Affinity, Frame, Value, FOR_EVER};
pub use host::{counter, log, now, random, store, Level};
pub use message::Message;
pub use metadata::{Kind, Metadata};
pub use mutation::Mutation;
pub use outcome::{EndResult, Outcome, Reason, Resume};
pub use outgoing::Outgoing;
pub use reader::{malformed, Malformed, Reader, Stop};
pub use verdict::{call, forward, pause, reply, reply_error, Fault, Verdict};
pub use writer::Writer;

/// Makes what plugins of both kinds export, with what a call does.
#[doc(hidden)]
#[macro_export]
macro_rules! exports {
    ($type:ty, $call:path, $bits:expr) => {
        static WEIR_GUEST: $crate::place::Place<Option<$type>> = $crate::place::Place::new(None);

        #[no_mangle]
        pub extern "C" fn weir_abi_1() {}

        #[no_mangle]
        pub extern "C" fn weir_input(size: u32) -> *mut u8 {
            $crate::place::input(size)
        }

        #[no_mangle]
        pub extern "C" fn weir_call(phase: u32, _size: u32) -> *const u8 {
            $call(WEIR_GUEST.get().get_or_insert_with(Default::default), phase, $bits)
        }
    };
}

/// Makes a filter of a type: `filter!(Tag, on_request, on_response)`. It is called in the phases whose handlers are
/// named, and asked for its state where `snapshot` or `restore` is; `on_configure` and `on_resume` need not be.
#[macro_export]
macro_rules! filter {
    ($type:ty $(, $handler:ident)* $(,)?) => {
        $crate::exports!($type, $crate::filter::call, 0 $(| $crate::filter::phase_bit(stringify!($handler)))*);
    };
}

/// Makes a codec of a type: `codec!(Awesome, encode, encode_reply)`, with the handlers it has beside `decode` and
/// `encode_error`.
#[macro_export]
macro_rules! codec {
    ($type:ty $(, $handler:ident)* $(,)?) => {
        #[no_mangle]
        pub extern "C" fn weir_codec_1() {}

        $crate::exports!($type, $crate::codec::call_codec, 0 $(| $crate::codec::handler_bit(stringify!($handler)))*);
    };
}
