//! Everything that an author has, one word of a request after the other. The other languages say the same.
const std = @import("std");
const weir = @import("weir");

pub const panic = weir.panic;

comptime {
    weir.filter(@This(), .{
        .keys = &.{ "do", "key", "x" },
        .request_body = true,
        .stream_body = true,
        .request = true,
        .operation = true,
        .config = true,
    });
}

var said: [4][]const u8 = undefined;
var configs: usize = 0;
var count: u32 = 0;

fn yes(value: bool) []const u8 {
    return if (value) "yes" else "no";
}

fn text(value: ?[]const u8) []const u8 {
    return value orelse "none";
}

fn joined(values: []const []const u8) []const u8 {
    return std.mem.join(weir.arena, ",", values) catch unreachable;
}

pub fn onConfigure(config: weir.Config) ?[]const u8 {
    const word = config.get("word").?;
    if (std.mem.eql(u8, word, "bad")) return "that is a bad word";
    const list = config.list("list");
    const times: i64 = @intFromFloat(config.number("times").? + 1);
    const deep = config.object("deep").?.get("word").?;
    const on = yes(config.flag("on").?);
    const line = weir.print("{s} {d} {s} {s},{s} {s}", .{ word, times, on, list[0].string, list[1].string, deep });
    said[configs] = weir.gpa.dupe(u8, line) catch unreachable;
    configs += 1;
    return null;
}

pub fn onRequest(metadata: weir.Metadata, mutation: weir.Mutation) ?weir.Verdict {
    const word = metadata.get("do").?;
    if (metadata.is("do", "edit")) {
        mutation.set("a", "1");
        mutation.add("a", "2");
        mutation.remove("b");
        mutation.body("new");
    }
    const Word = enum { about, keys, has, get, all, config, now, random, body, count, store, log, counter };
    if (std.meta.stringToEnum(Word, word)) |known| mutation.set("said", switch (known) {
        .about => weir.print("{s}|{s}|{d}|{d}|{s}|{s}|{s}", .{
            metadata.operation(), metadata.requestId(), metadata.size(),     metadata.status(),
            metadata.listener(),  metadata.peer(),      metadata.protocol(),
        }),
        .keys => joined(metadata.keys()),
        .has => weir.print("{s} {s}", .{ yes(metadata.has("key")), yes(metadata.has("x")) }),
        .get => weir.print("{s} {s}", .{ text(metadata.get("key")), text(metadata.get("x")) }),
        .all => weir.print("{s}|{s}", .{ joined(metadata.getAll("key")), joined(metadata.getAll("x")) }),
        .config => said[metadata.config()],
        .now => weir.print("{d}", .{@as(i64, @intFromFloat(weir.now() / 1000))}),
        .random => yes(inRange(weir.random())),
        .body => metadata.body(),
        .count => counted(),
        .store => stored(),
        .log => logged(),
        .counter => seen(),
    });
    return decide(word);
}

fn inRange(drawn: f64) bool {
    return drawn >= 0 and drawn < 1;
}

fn counted() []const u8 {
    count += 1;
    return weir.print("{d}", .{count});
}

fn logged() []const u8 {
    weir.log(.debug, "d");
    weir.log(.info, "i");
    weir.log(.warn, "w");
    weir.log(.err, "e");
    return "";
}

fn seen() []const u8 {
    weir.counter("seen", 2);
    weir.counter("seen", 1);
    return "";
}

fn stored() []const u8 {
    const store = weir.store;
    const first = weir.print("{s} {s} {s} {s} {d} {d} {d}", .{
        yes(store.set("a", "1", 0)),
        yes(store.cas("a", "2", "3", 0)),
        yes(store.cas("a", "1", "3", 0)),
        text(store.get("a")),
        store.add("n", 2, 0),
        store.add("n", 1, 0),
        store.add("a", 1, 0),
    });
    store.delete("a");
    const long = store.get("long");
    return weir.print("{s} {s} {s} {s} {s} {d}", .{
        first,
        text(store.get("a")),
        yes(store.cas("a", null, "x", 0)),
        yes(store.cas("a", null, "y", 0)),
        yes(store.set("b", "brief", 10)),
        if (long) |value| value.len else 0,
    });
}

fn decide(word: []const u8) ?weir.Verdict {
    const Word = enum { drop, close, refuse, reply, forward, pause, call };
    return switch (std.meta.stringToEnum(Word, word) orelse return null) {
        .drop => .drop,
        .close => .close,
        .refuse => weir.replyError(.denied, "no"),
        .reply => weir.reply(.{ .properties = &.{.{ "k", "v" }}, .body = "made" }),
        .forward => weir.forward("other", 70),
        .pause => weir.pause(10),
        .call => weir.call("other", .{ .properties = &.{.{ "q", "1" }}, .body = "ask" }, 50),
    };
}

pub fn onResponse(metadata: weir.Metadata, mutation: weir.Mutation) void {
    mutation.set("said", weir.print("{s} {d}", .{ text(metadata.request().get("do")), metadata.status() }));
}

pub fn onStreamData(metadata: weir.Metadata, mutation: weir.Mutation) ?weir.Verdict {
    if (metadata.is("do", "drop")) return .drop;
    mutation.body(weir.print("{s}!", .{metadata.body()}));
    return null;
}

pub fn onResume(metadata: weir.Metadata, mutation: weir.Mutation, again: weir.Resume) void {
    const phase = if (again.response()) "response" else "request";
    const word = text(metadata.get("do"));
    const line = weir.print("{s} {s} {d} {s}", .{ @tagName(again.reason()), phase, again.pauses(), word });
    const more = if (again.answer()) |answer|
        weir.print(" {s} {s}", .{ text(answer.get("word")), answer.body() })
    else if (again.reason() == .failed) weir.print(" {s}", .{again.text()}) else "";
    mutation.set("said", weir.print("{s}{s}", .{ line, more }));
}

pub fn onEnd(metadata: weir.Metadata, o: weir.Outcome) void {
    const head = weir.print("{s}|{s}|{s}|{s}|{d}", .{
        text(metadata.get("do")), yes(o.result() == .failure), yes(o.fault() == .request_timeout), o.errorText(), o.status(),
    });
    const times = [2]i64{ @intFromFloat(o.durationMs()), @intFromFloat(o.upstreamMs()) };
    const numbers = weir.print("{d}|{d}|{d}|{d}|{d}", .{ times[0], times[1], o.requestBytes(), o.responseBytes(), o.attempts() });
    const flags = weir.print("{s}|{s}|{s}|{s}", .{ yes(o.lateReply()), yes(o.downstreamGone()), yes(o.dropped()), yes(o.retried()) });
    weir.log(.info, weir.print("{s}|{s}|{s}|{s}|{s}", .{ head, numbers, o.cluster(), o.endpoint(), flags }));
}

pub fn snapshot() ?[]const u8 {
    return if (count > 0) weir.print("{d}", .{count}) else null;
}

pub fn restore(state: []const u8, version: []const u8) ?[]const u8 {
    count = std.fmt.parseInt(u32, state, 10) catch return weir.print("no number from {s}", .{version});
    return null;
}
