//! plugin-name: messages with a name, headers and a body. Write your own protocol in its place.
//!
//!     ca 11 | type u8 | status u8 | id u32 | length u32 | op: size u8, text
//!           | headers: count u8, each: size u8, key, size u16, value | body
//!
//! All numbers big endian; length counts what follows it.
use weir::{malformed, message, Codec, Declaration, Fault, Frame, Kind, LocalError, Malformed};
use weir::{Outgoing, Reader, Stop, Writer};

const HEADER: usize = 12;
const MAGIC: &[u8] = &[0xca, 0x11];
const RESPONSE: u8 = 2;
const HEARTBEAT: u8 = 4;
const HEARTBEAT_REPLY: u8 = 5;

type Pair<'a> = (&'a [u8], &'a [u8]);

#[derive(Default)]
struct Protocol;

impl Codec for Protocol {
    const DECLARATION: Declaration =
        Declaration { id_bits: 32, id_at: Some(4), magic: MAGIC, writes_all: true, ..Declaration::DEFAULT };

    fn decode(&mut self, r: &mut Reader) -> Result<Frame, Stop> {
        r.magic(MAGIC)?;
        let (kind_number, status, id) = (r.u8()?, r.u8()?, r.u32()?);
        let end = HEADER + r.u32()? as usize;
        r.until(end)?;
        let kind = match (kind_number, status) {
            (1, _) => Kind::Request,
            (RESPONSE, 0) => Kind::Response,
            (RESPONSE, _) => Kind::Error,
            (3, _) => Kind::Oneway,
            (HEARTBEAT, _) => Kind::Heartbeat,
            (HEARTBEAT_REPLY, _) => Kind::HeartbeatReply,
            _ => return malformed(Malformed::Header, format!("there is no type {kind_number}")),
        };
        let op_size = r.u8()?.into();
        let op = r.bytes(op_size)?;
        let mut frame = message(kind).id(id.into()).property("op", op);
        for _ in 0..r.u8()? {
            let key_size = r.u8()?.into();
            let key = r.bytes(key_size)?;
            let value_size = r.u16()?.into();
            let value = r.bytes(value_size)?;
            frame = frame.property_of(r, key, value);
        }
        r.body(end - r.at());
        Ok(match kind_number {
            RESPONSE => frame.status(status.into()),
            _ => frame.operation(op),
        })
    }

    /// What is written in place of a message that filters have changed.
    fn encode(&mut self, message: &Outgoing, w: &mut Writer) -> Result<(), String> {
        let (ops, headers): (Vec<Pair>, Vec<Pair>) = message.properties().into_iter().partition(|(key, _)| *key == b"op");
        for (key, value) in &headers {
            if key.len() > 255 || value.len() > 65_535 {
                return Err(format!("\"{}\" is too long", String::from_utf8_lossy(key)));
            }
        }
        if ops.len() != 1 || ops[0].1.len() > 255 {
            return Err("\"op\" has to stand once, with at most 255 bytes".into());
        }
        if headers.len() > 255 {
            return Err(format!("\"{}\" is one header too many", String::from_utf8_lossy(headers[255].0)));
        }
        write(w, number_of(message.kind()), message.status().max(0) as u8, message.id(), ops[0].1, &headers, message.body());
        Ok(())
    }

    fn encode_error(&mut self, request: &Outgoing, error: &LocalError, w: &mut Writer) {
        write(w, RESPONSE, status_of(error.kind), request.id(), b"", &[], error.text);
    }

    fn encode_heartbeat(&mut self, id: u64, w: &mut Writer) {
        write(w, HEARTBEAT, 0, id, b"", &[], b"");
    }

    fn encode_heartbeat_reply(&mut self, heartbeat: &Outgoing, w: &mut Writer) {
        write(w, HEARTBEAT_REPLY, 0, heartbeat.id(), b"", &[], b"");
    }
}

weir::codec!(Protocol, encode, encode_heartbeat, encode_heartbeat_reply);

fn number_of(kind: Kind) -> u8 {
    match kind {
        Kind::Request => 1,
        Kind::Oneway => 3,
        Kind::Heartbeat => HEARTBEAT,
        Kind::HeartbeatReply => HEARTBEAT_REPLY,
        _ => RESPONSE,
    }
}

/// What the protocol says to a caller about the errors of the proxy.
fn status_of(error: u8) -> u8 {
    let is = |fault: Fault| fault as u8 == error;
    match () {
        _ if is(Fault::OverLimit) || is(Fault::Overloaded) => 2,
        _ if is(Fault::Denied) => 3,
        _ if is(Fault::BadRequest) => 4,
        _ if is(Fault::RequestTimeout) => 5,
        _ => 1,
    }
}

fn write(w: &mut Writer, kind: u8, status: u8, id: u64, op: &[u8], headers: &[Pair], body: &[u8]) {
    w.bytes(MAGIC).u8(kind).u8(status).u32(id as u32).u32(0).u8(op.len() as u8).bytes(op).u8(headers.len() as u8);
    for (key, value) in headers {
        w.u8(key.len() as u8).bytes(key).u16(value.len() as u16).bytes(value);
    }
    w.bytes(body);
    let size = (w.at() - HEADER) as u32;
    w.written()[HEADER - 4..HEADER].copy_from_slice(&size.to_be_bytes());
}
