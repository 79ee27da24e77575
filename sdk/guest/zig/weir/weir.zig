//! What a filter of weir is written with: a file with handlers, and `comptime { weir.filter(@This(), .{}) }`. The bytes
//! between host and guest are in `sdk/ABI.md`.
const answer = @import("answer.zig");
const host = @import("host.zig");
const keys = @import("keys.zig");
const memory = @import("memory.zig");
const message = @import("metadata.zig");
const std = @import("std");

pub const Config = @import("config.zig").Config;
pub const Metadata = message.Metadata;
pub const Mutation = @import("mutation.zig").Mutation;
pub const Outcome = @import("outcome.zig").Outcome;
pub const Resume = @import("outcome.zig").Resume;
pub const Kind = message.Kind;
pub const Message = verdicts.Message;
pub const Verdict = verdicts.Verdict;
pub const Fault = verdicts.Fault;
pub const log = host.log;
pub const panic = host.panic;
pub const counter = host.counter;
pub const now = host.now;
pub const random = host.random;
pub const store = host.store;
pub const reads = keys.reads;
/// Memory for as long as the instance lives, and for until the handler returns.
pub const gpa = memory.gpa;
pub const arena = memory.arena;
/// A text put together, which holds until the handler returns.
pub const print = memory.print;
pub const replyError = verdicts.replyError;
pub const reply = verdicts.reply;
pub const forward = verdicts.forward;
pub const pause = verdicts.pause;
pub const call = verdicts.call;

const verdicts = @import("verdict.zig");
const header_bytes = 24;

/// What a filter reads. Keys that are computed are declared in onConfigure, by `reads`.
pub const Reads = struct {
    keys: []const []const u8 = &.{},
    /// Every key; needs the grant `all-keys`.
    all: bool = false,
    /// Bodies need the grant `bodies`.
    request_body: bool = false,
    response_body: bool = false,
    stream_body: bool = false,
    /// The request beside its response.
    request: bool = false,
    operation: bool = false,
    /// Routes may configure the filter; `metadata.config()` tells which configuration holds.
    config: bool = false,

    fn wants(r: Reads) u8 {
        return @as(u8, @intFromBool(r.request_body)) | @as(u8, @intFromBool(r.response_body)) << 1 |
            @as(u8, @intFromBool(r.request)) << 2 | @as(u8, @intFromBool(r.operation)) << 3 |
            @as(u8, @intFromBool(r.config)) << 4 | @as(u8, @intFromBool(r.stream_body)) << 5;
    }
};

/// Makes a filter of a file: of the handlers that it has, each `pub fn`.
pub fn filter(comptime Plugin: type, comptime what: Reads) void {
    const exports = struct {
        fn abi() callconv(.c) void {}

        fn input(size: u32) callconv(.c) [*]u8 {
            return memory.makeInput(size);
        }

        fn entry(phase: u32, _: u32) callconv(.c) ?[*]const u8 {
            answer.begin();
            memory.forget();
            switch (phase) {
                1 => configure(Plugin, what),
                7 => if (@hasDecl(Plugin, "snapshot")) if (Plugin.snapshot()) |state| answer.say(53, 0, 0, state),
                8 => restore(Plugin),
                else => about(Plugin, phase),
            }
            return answer.end();
        }
    };
    @export(&exports.abi, .{ .name = "weir_abi_1" });
    @export(&exports.input, .{ .name = "weir_input" });
    @export(&exports.entry, .{ .name = "weir_call" });
}

fn configure(comptime Plugin: type, comptime what: Reads) void {
    for (what.keys) |key| keys.reads(key);
    if (what.all) answer.say(49, 0, 0, "");
    answer.say(50, what.wants(), 0, "");
    if (@hasDecl(Plugin, "onConfigure")) refuse(Plugin.onConfigure(Config.of(memory.block() + header_bytes)));
    answer.say(51, phases(Plugin), 0, "");
}

fn phases(comptime Plugin: type) u8 {
    var bits: u8 = 0;
    if (@hasDecl(Plugin, "onRequest")) bits |= 1;
    if (@hasDecl(Plugin, "onResponse")) bits |= 2;
    if (@hasDecl(Plugin, "onEnd")) bits |= 4;
    if (@hasDecl(Plugin, "onStreamData")) bits |= 8;
    if (@hasDecl(Plugin, "snapshot") or @hasDecl(Plugin, "restore")) bits |= 16;
    return bits;
}

fn about(comptime Plugin: type, phase: u32) void {
    const metadata = Metadata{ .record = memory.block() + header_bytes };
    const mutation = Mutation{ .handle = metadata.handle() };
    switch (phase) {
        2 => if (@hasDecl(Plugin, "onRequest")) decide(Plugin.onRequest(metadata, mutation), mutation.handle),
        3 => if (@hasDecl(Plugin, "onResponse")) decide(Plugin.onResponse(metadata, mutation), mutation.handle),
        4 => if (@hasDecl(Plugin, "onEnd")) Plugin.onEnd(metadata, Outcome{ .metadata = metadata }),
        5 => if (@hasDecl(Plugin, "onResume"))
            decide(Plugin.onResume(metadata, mutation, Resume{ .metadata = metadata }), mutation.handle),
        6 => if (@hasDecl(Plugin, "onStreamData")) decide(Plugin.onStreamData(metadata, mutation), mutation.handle),
        else => {},
    }
}

/// A handler answers nothing, or a verdict, or either.
fn decide(said: anytype, handle: u32) void {
    if (@TypeOf(said) == void) return;
    const verdict: ?Verdict = said;
    if (verdict) |made| made.say(handle);
}

fn restore(comptime Plugin: type) void {
    if (!@hasDecl(Plugin, "restore")) return;
    const block = Metadata{ .record = memory.block() };
    refuse(Plugin.restore(block.refer(24), block.refer(32)));
}

/// A sentence says what is wrong.
fn refuse(said: anytype) void {
    if (@TypeOf(said) == void) return;
    const why: ?[]const u8 = said;
    if (why) |text| answer.say(52, 0, 0, text);
}
