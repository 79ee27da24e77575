//! Works through the steps of its configuration with what the kit offers.
const std = @import("std");
const weir = @import("weir");

pub const panic = weir.panic;

comptime {
    weir.filter(@This(), .{ .operation = true, .request = true, .request_body = true, .response_body = true });
}

const Step = struct {
    name: Name,
    words: []const []const u8,
    bytes: []const []const u8,
};

const Name = enum {
    set,
    add,
    remove,
    body,
    copy,
    @"copy-from-request",
    @"copy-id",
    @"copy-body",
    @"same-body",
    @"copy-text",
    log,
    @"log-outcome",
    drop,
    close,
    pause,
    @"reply-error",
    forward,
    reply,
};

var requests: []const Step = &.{};
var responses: []const Step = &.{};
var ends: []const Step = &.{};
var later: []const Step = &.{};

pub fn onConfigure(config: weir.Config) void {
    for (config.list("reads")) |key| weir.reads(unhex(key.string));
    requests = steps(config.get("request").?);
    responses = steps(config.get("response").?);
    ends = steps(config.get("end").?);
    later = steps(config.get("resume").?);
}

pub fn onRequest(metadata: weir.Metadata, mutation: weir.Mutation) ?weir.Verdict {
    return work(requests, metadata, mutation);
}

pub fn onResponse(metadata: weir.Metadata, mutation: weir.Mutation) ?weir.Verdict {
    return work(responses, metadata, mutation);
}

pub fn onResume(metadata: weir.Metadata, mutation: weir.Mutation, _: weir.Resume) ?weir.Verdict {
    return work(later, metadata, mutation);
}

pub fn onEnd(_: weir.Metadata, outcome: weir.Outcome) void {
    for (ends) |step| {
        const what = step.words[0];
        if (step.name == .log) {
            weir.log(.info, step.bytes[0]);
        } else if (std.mem.eql(u8, what, "cluster")) {
            weir.log(.info, outcome.cluster());
        } else if (std.mem.eql(u8, what, "endpoint")) {
            weir.log(.info, outcome.endpoint());
        } else weir.log(.info, outcome.errorText());
    }
}

fn work(list: []const Step, metadata: weir.Metadata, mutation: weir.Mutation) ?weir.Verdict {
    for (list) |step| {
        act(step, metadata, mutation);
        if (decide(step)) |verdict| return verdict;
    }
    return null;
}

fn act(step: Step, metadata: weir.Metadata, mutation: weir.Mutation) void {
    const bytes = step.bytes;
    switch (step.name) {
        .set => mutation.set(bytes[0], bytes[1]),
        .add => mutation.add(bytes[0], bytes[1]),
        .remove => mutation.remove(bytes[0]),
        .body => mutation.body(bytes[0]),
        .copy => copy(metadata.getAll(bytes[0]), bytes[1], mutation),
        .@"copy-from-request" => copy(metadata.request().getAll(bytes[0]), bytes[1], mutation),
        .@"copy-id" => mutation.set(bytes[0], metadata.requestId()),
        .@"copy-body" => mutation.set(bytes[0], metadata.body()),
        .@"same-body" => mutation.body(metadata.body()),
        .@"copy-text" => mutation.set(bytes[1], textOf(step.words[0], metadata)),
        else => {},
    }
}

fn textOf(what: []const u8, metadata: weir.Metadata) []const u8 {
    const Text = enum { operation, listener, peer, protocol, problem };
    return switch (std.meta.stringToEnum(Text, what).?) {
        .operation => metadata.operation(),
        .listener => metadata.listener(),
        .peer => metadata.peer(),
        .protocol => metadata.protocol(),
        .problem => metadata.problem(),
    };
}

fn copy(values: []const []const u8, to: []const u8, mutation: weir.Mutation) void {
    for (values, 0..) |value, nth| if (nth == 0) mutation.set(to, value) else mutation.add(to, value);
}

fn decide(step: Step) ?weir.Verdict {
    const number = std.fmt.parseInt(u32, step.words[0], 10) catch null;
    return switch (step.name) {
        .drop => .drop,
        .close => .close,
        .pause => weir.pause(number.?),
        .@"reply-error" => weir.replyError(@fromBackingInt(@intCast(number.?)), step.bytes[1]),
        .forward => weir.forward(step.bytes[1], number),
        .reply => weir.reply(.{
            .properties = pairs(step.bytes[1..]),
            .body = if (step.words[0].len == 1) null else step.bytes[0],
        }),
        else => null,
    };
}

fn pairs(bytes: []const []const u8) []const [2][]const u8 {
    const made = weir.arena.alloc([2][]const u8, bytes.len / 2) catch unreachable;
    for (made, 0..) |*pair, nth| pair.* = .{ bytes[nth * 2], bytes[nth * 2 + 1] };
    return made;
}

fn steps(line: []const u8) []const Step {
    if (line.len == 0) return &.{};
    const made = weir.gpa.alloc(Step, std.mem.count(u8, line, ";") + 1) catch unreachable;
    var parts = std.mem.splitScalar(u8, line, ';');
    for (made) |*step| step.* = stepOf(parts.next().?);
    return made;
}

fn stepOf(part: []const u8) Step {
    const words = weir.gpa.alloc([]const u8, @max(std.mem.count(u8, part, " "), 1)) catch unreachable;
    const bytes = weir.gpa.alloc([]const u8, words.len) catch unreachable;
    var split = std.mem.splitScalar(u8, part, ' ');
    const name = std.meta.stringToEnum(Name, split.next().?).?;
    for (words, bytes) |*word, *made| {
        word.* = split.next() orelse "";
        made.* = unhex(word.*);
    }
    return .{ .name = name, .words = words, .bytes = bytes };
}

/// What is written as hex; words that are none come to nothing that is used.
fn unhex(text: []const u8) []const u8 {
    const made = weir.gpa.alloc(u8, text.len / 2) catch unreachable;
    return std.fmt.hexToBytes(made, text[0 .. made.len * 2]) catch "";
}
