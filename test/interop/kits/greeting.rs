//! A greeting of each side, then lines; a caller that has said `listen` is told what nobody asked for.
use weir::{message, passed, set_state, Affinity, Codec, Correlation, Declaration, Frame, Kind, LocalError};
use weir::{Outgoing, Reader, Stop, Writer, FOR_EVER};

#[derive(Default)]
struct Greeting;

impl Codec for Greeting {
    const DECLARATION: Declaration = Declaration {
        correlation: Correlation::InOrder,
        affinity: true,
        pushes: true,
        ..Declaration::DEFAULT
    };

    fn encode_preface(&mut self, request: bool, w: &mut Writer) {
        w.bytes(if request { "READY 1\n" } else { "HELLO 1\n" });
    }

    fn decode(&mut self, r: &mut Reader) -> Result<Frame, Stop> {
        if r.state.is_empty() {
            set_state(b"greeted");
            r.magic(if r.request { b"HELLO " } else { b"READY " })?;
            r.line(8)?;
            return Ok(passed());
        }
        let line = r.line(100)?;
        if line == b"bye" {
            return Ok(message(Kind::Drain));
        }
        let frame = message(if r.request { Kind::Request } else { Kind::Response }).operation(line);
        Ok(match line {
            b"listen" => frame.affinity(Affinity::Own).wait_ms(FOR_EVER),
            b"leave" => frame.affinity(Affinity::Release),
            _ => frame,
        })
    }

    fn encode_drain_reply(&mut self, _drain: &Outgoing, w: &mut Writer) {
        w.bytes("farewell\n");
    }

    fn encode_error(&mut self, _request: &Outgoing, _error: &LocalError, w: &mut Writer) {
        w.bytes("ERR\n");
    }
}

weir::codec!(Greeting, encode_preface, encode_drain_reply);
