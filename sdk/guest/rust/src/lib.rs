//! What a plugin of weir is written with: a type with [`Filter`], and `weir::filter!(Type, on_request, …)` with the
//! handlers that it has. The bytes between host and guest are in `sdk/ABI.md`.
mod answer;
mod checksum;
mod config;
#[doc(hidden)]
pub mod filter;
mod host;
mod message;
mod metadata;
mod mutation;
mod outcome;
#[doc(hidden)]
pub mod place;
mod verdict;

pub use checksum::{adler32, crc32, fnv1a};
pub use config::Config;
pub use filter::{reads, reads_all, reads_bodies, reads_operation, reads_request, Filter};
pub use host::{counter, log, now, random, store, Level};
pub use message::Message;
pub use metadata::{Kind, Metadata};
pub use mutation::Mutation;
pub use outcome::{EndResult, Outcome, Reason, Resume};
pub use verdict::{call, forward, pause, reply, reply_error, Fault, Verdict};

/// Makes the exports that the host calls: `filter!(Tag, on_request, on_response)`. A filter is called in the phases
/// whose handlers are named; `on_configure` and `on_resume` need not be.
#[macro_export]
macro_rules! filter {
    ($type:ty $(, $handler:ident)* $(,)?) => {
        static WEIR_FILTER: $crate::place::Place<Option<$type>> = $crate::place::Place::new(None);

        #[no_mangle]
        pub extern "C" fn weir_abi_1() {}

        #[no_mangle]
        pub extern "C" fn weir_input(size: u32) -> *mut u8 {
            $crate::place::input(size)
        }

        #[no_mangle]
        pub extern "C" fn weir_call(phase: u32, _size: u32) -> *const u8 {
            let guest = WEIR_FILTER.get().get_or_insert_with(Default::default);
            $crate::filter::call(guest, phase, 0 $(| $crate::filter::phase_bit(stringify!($handler)))*)
        }
    };
}
