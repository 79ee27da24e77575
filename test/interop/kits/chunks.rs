//! The codec of greeting.rs, which looks at everything that is there instead of reading on.
use weir::{message, Affinity, Codec, Correlation, Declaration, Frame, Kind, LocalError, Malformed};
use weir::{Outgoing, Sink, Writer, FOR_EVER};

#[derive(Default)]
struct Chunks;

impl Codec for Chunks {
    const DECLARATION: Declaration =
        Declaration { correlation: Correlation::InOrder, pushes: true, ..Declaration::DEFAULT };

    fn encode_preface(&mut self, request: bool, w: &mut Writer) {
        w.bytes(if request { "READY 1\n" } else { "HELLO 1\n" });
    }

    fn decode_chunk(&mut self, bytes: &[u8], sink: &mut Sink) {
        let theirs: &[u8] = if sink.request { b"HELLO " } else { b"READY " };
        let mut rest = bytes;
        while let Some(size) = rest.iter().position(|byte| *byte == b'\n') {
            let line = &rest[..size];
            rest = &rest[size + 1..];
            if !sink.state.is_empty() {
                sink.message(said(line, sink.request).size(size + 1).header_size(size + 1));
            } else if line.starts_with(theirs) {
                sink.passed(size + 1);
                sink.set_state(b"greeted");
            } else {
                return sink.malformed(Malformed::Magic, "no greeting");
            }
        }
    }

    fn encode_drain_reply(&mut self, _drain: &Outgoing, w: &mut Writer) {
        w.bytes("farewell\n");
    }

    fn encode_error(&mut self, _request: &Outgoing, _error: &LocalError, w: &mut Writer) {
        w.bytes("ERR\n");
    }
}

weir::codec!(Chunks, decode_chunk, encode_preface, encode_drain_reply);

fn said(line: &[u8], request: bool) -> Frame {
    if line == b"bye" {
        return message(Kind::Drain);
    }
    let frame = message(if request { Kind::Request } else { Kind::Response }).operation(line);
    match line {
        b"listen" => frame.affinity(Affinity::Own).wait_ms(FOR_EVER),
        b"leave" => frame.affinity(Affinity::Release),
        _ => frame,
    }
}
