//! The protocol of the tutorial, byte by byte, all numbers big endian:
//!
//!     version i8 | id u32 | size of the whole packet u32 | cmd i16 | code i16 | body
//!
//! A caller's code is 0; a reply's is 0 when all is well. Command 0 is a sign of life.
use weir::{malformed, message, Codec, Declaration, Fault, Frame, Kind, LocalError, Malformed};
use weir::{Outgoing, Reader, Sniff, Stop, Writer};

const HEADER: usize = 13;
const VERSION: i8 = 1;
const HEARTBEAT: i16 = 0;

#[derive(Default)]
struct Awesomerpc;

impl Codec for Awesomerpc {
    const DECLARATION: Declaration = Declaration {
        id_bits: 32,
        id_at: Some(1),
        writes: &["cmd", "code", "version"],
        ..Declaration::DEFAULT
    };

    fn decode(&mut self, r: &mut Reader) -> Result<Frame, Stop> {
        let version = r.i8()?;
        if version < 1 {
            return malformed(Malformed::Version, format!("there is no version {version}"));
        }
        let (id, size, cmd, code) = (r.u32()?, r.u32()? as usize, r.i16()?, r.i16()?);
        if size < HEADER {
            return malformed(Malformed::FrameSize, format!("a packet of {size} bytes"));
        }
        r.body(size - HEADER);
        let frame = match (r.request, cmd, code) {
            (true, HEARTBEAT, _) => message(Kind::Heartbeat),
            (true, ..) => message(Kind::Request),
            (_, HEARTBEAT, _) => message(Kind::HeartbeatReply),
            (_, _, 0) => message(Kind::Response).status(0),
            _ => message(Kind::Error).status(code.into()),
        };
        let frame = frame.id(id.into()).operation(cmd);
        Ok(frame.property("version", version).property("cmd", cmd).property("code", code))
    }

    fn encode(&mut self, message: &Outgoing, w: &mut Writer) -> Result<(), String> {
        let (cmd, code): (i16, i16) = (message.number("cmd")?, message.number("code")?);
        let version: i8 = message.number("version")?;
        if version < 1 {
            return Err("\"version\" begins at 1".into());
        }
        write(w, version, message.id(), cmd, code, message.body());
        Ok(())
    }

    fn encode_error(&mut self, request: &Outgoing, error: &LocalError, w: &mut Writer) {
        write(w, VERSION, request.id(), request.number("cmd").unwrap_or(0), code_of(error.kind), error.text);
    }

    /// The properties are the reply's, so that the command is looked up in the request's bytes.
    fn encode_reply(&mut self, request: &Outgoing, w: &mut Writer) -> Result<(), String> {
        if let Some((key, _)) = request.properties().first() {
            return Err(format!("\"{}\" cannot be said in a reply of our own", String::from_utf8_lossy(key)));
        }
        let cmd = Reader::new(&request.bytes()[9..]).i16().unwrap_or(0);
        write(w, VERSION, request.id(), cmd, 0, request.body());
        Ok(())
    }

    fn encode_heartbeat(&mut self, id: u64, w: &mut Writer) {
        write(w, VERSION, id, HEARTBEAT, 0, &[]);
    }

    fn encode_heartbeat_reply(&mut self, heartbeat: &Outgoing, w: &mut Writer) {
        write(w, VERSION, heartbeat.id(), HEARTBEAT, 0, &[]);
    }

    fn sniff(&mut self, bytes: &[u8]) -> Sniff {
        match bytes {
            [first, _, _, _, _, size @ ..] if bytes.len() >= HEADER => {
                let size = Reader::new(size).u32().unwrap_or(0) as usize;
                if *first as i8 == VERSION && size >= HEADER { Sniff::Yes } else { Sniff::No }
            }
            _ => Sniff::More,
        }
    }
}

weir::codec!(Awesomerpc, encode, encode_reply, encode_heartbeat, encode_heartbeat_reply, sniff);

/// What the protocol says to a caller about the errors of the proxy.
fn code_of(error: u8) -> i16 {
    let codes = [(Fault::RouteNotFound, 404), (Fault::OverLimit, 429), (Fault::Denied, 403), (Fault::BadRequest, 400)];
    let known = codes.iter().chain(&[(Fault::RequestTimeout, 504)]).find(|(fault, _)| *fault as u8 == error);
    known.map_or(500, |(_, code)| *code)
}

fn write(w: &mut Writer, version: i8, id: u64, cmd: i16, code: i16, body: &[u8]) {
    w.i8(version).u32(id as u32).u32((HEADER + body.len()) as u32).i16(cmd).i16(code).bytes(body);
}
