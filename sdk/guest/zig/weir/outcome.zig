//! What a phase adds to the message: how an exchange ended, or why a message that was paused is here again.
const Fault = @import("verdict.zig").Fault;
const Metadata = @import("metadata.zig").Metadata;

pub const Outcome = struct {
    metadata: Metadata,

    pub const Result = enum(u8) { ok = 1, oneway, local_reply, failure, dropped, downstream_gone, _ };

    pub fn result(o: Outcome) Result {
        return @fromBackingInt(@intCast(o.number(u8, 0)));
    }

    pub fn fault(o: Outcome) Fault {
        return @fromBackingInt(@intCast(o.number(u8, 1)));
    }

    pub fn lateReply(o: Outcome) bool {
        return o.number(u16, 2) & 1 != 0;
    }

    pub fn downstreamGone(o: Outcome) bool {
        return o.number(u16, 2) & 2 != 0;
    }

    pub fn dropped(o: Outcome) bool {
        return o.number(u16, 2) & 4 != 0;
    }

    pub fn retried(o: Outcome) bool {
        return o.number(u16, 2) & 8 != 0;
    }

    /// Status of the response; -1 when there was none.
    pub fn status(o: Outcome) i32 {
        return o.number(i32, 4);
    }

    pub fn durationMs(o: Outcome) f64 {
        return @bitCast(o.number(u64, 8));
    }

    /// From forwarding to the reply; -1 when there was none.
    pub fn upstreamMs(o: Outcome) f64 {
        return @bitCast(o.number(u64, 16));
    }

    pub fn requestBytes(o: Outcome) u32 {
        return o.number(u32, 24);
    }

    pub fn responseBytes(o: Outcome) u32 {
        return o.number(u32, 28);
    }

    pub fn attempts(o: Outcome) u32 {
        return o.number(u32, 32);
    }

    pub fn cluster(o: Outcome) []const u8 {
        return o.metadata.refer(o.metadata.extra() + 36);
    }

    pub fn endpoint(o: Outcome) []const u8 {
        return o.metadata.refer(o.metadata.extra() + 44);
    }

    /// The sentence the caller was told with the error.
    pub fn errorText(o: Outcome) []const u8 {
        return o.metadata.refer(o.metadata.extra() + 52);
    }

    fn number(o: Outcome, comptime T: type, at: usize) T {
        return o.metadata.number(T, o.metadata.extra() + at);
    }
};

pub const Resume = struct {
    metadata: Metadata,

    pub const Reason = enum(u8) { timer = 1, answer, failed, _ };

    pub fn reason(r: Resume) Reason {
        return @fromBackingInt(@intCast(r.metadata.number(u8, r.metadata.extra())));
    }

    /// Whether it paused as a response.
    pub fn response(r: Resume) bool {
        return r.metadata.number(u8, r.metadata.extra() + 1) == 3;
    }

    /// How often this message has paused.
    pub fn pauses(r: Resume) u16 {
        return r.metadata.number(u16, r.metadata.extra() + 2);
    }

    /// Why the call failed.
    pub fn text(r: Resume) []const u8 {
        return r.metadata.refer(r.metadata.extra() + 8);
    }

    /// The answer to the call.
    pub fn answer(r: Resume) ?Metadata {
        return if (r.reason() == .answer) r.metadata.next(true) else null;
    }
};
