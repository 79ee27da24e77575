//! What the host does for a filter: log, counters, and with their grants the time, chance and the shared store.
const answer = @import("answer.zig");
const memory = @import("memory.zig");
const std = @import("std");

const import = struct {
    extern "weir" fn now() f64;
    extern "weir" fn random(at: [*]u8, size: u32) void;
    extern "weir" fn log(level: u32, at: [*]const u8, size: u32) void;
    extern "weir" fn kv_get(key: [*]const u8, key_size: u32, at: [*]u8, room: u32) i32;
    extern "weir" fn kv_set(key: [*]const u8, key_size: u32, at: [*]const u8, size: u32, ttl_ms: u32) i32;
    extern "weir" fn kv_delete(key: [*]const u8, key_size: u32) void;
    extern "weir" fn kv_add(key: [*]const u8, key_size: u32, by: f64, ttl_ms: u32) f64;
    extern "weir" fn kv_cas(
        key: [*]const u8,
        key_size: u32,
        expected: [*]const u8,
        expected_size: i32,
        at: [*]const u8,
        size: u32,
        ttl_ms: u32,
    ) i32;
};

pub const Level = enum(u8) { debug, info, warn, err };

pub fn log(level: Level, text: []const u8) void {
    answer.say(32, @backingInt(level), 0, text);
}

/// Says it at once: what is in the answer is lost with a trap.
pub fn tell(level: Level, text: []const u8) void {
    import.log(@backingInt(level), text.ptr, text.len);
}

/// Says what a panic says and ends the instance: `pub const panic = weir.panic;` in the file of the plugin.
pub const panic = std.debug.FullPanic(struct {
    fn end(text: []const u8, _: ?usize) noreturn {
        tell(.err, text);
        @trap();
    }
}.end);

/// Adds to one of the plugin's counters; names are like `calls_refused`.
pub fn counter(name: []const u8, by: u32) void {
    answer.op(33, 0, 0);
    answer.number(by);
    answer.bytes(name);
    answer.endOp();
}

/// Milliseconds since 1970. Needs the grant `clock`.
pub fn now() f64 {
    return import.now();
}

/// A number from 0 to under 1. Needs the grant `random`.
pub fn random() f64 {
    var bits: u64 = 0;
    import.random(@ptrCast(&bits), 8);
    return @as(f64, @floatFromInt(bits >> 11)) / (1 << 53);
}

/// What all workers share. Needs the grant `key-value`. A time to live of 0 keeps a value.
pub const store = struct {
    /// The value, which holds until the handler returns.
    pub fn get(key: []const u8) ?[]const u8 {
        var room = memory.arena.alloc(u8, 256) catch @trap();
        while (true) {
            const size = import.kv_get(key.ptr, key.len, room.ptr, room.len);
            if (size < 0) return null;
            if (size <= room.len) return room[0..@intCast(size)];
            room = memory.arena.alloc(u8, @intCast(size)) catch @trap();
        }
    }

    /// False when the store is full.
    pub fn set(key: []const u8, value: []const u8, ttl_ms: u32) bool {
        return import.kv_set(key.ptr, key.len, value.ptr, value.len, ttl_ms) == 1;
    }

    pub fn delete(key: []const u8) void {
        import.kv_delete(key.ptr, key.len);
    }

    /// Stores the value if what is there is what was expected; null expects nothing.
    pub fn cas(key: []const u8, expected: ?[]const u8, value: []const u8, ttl_ms: u32) bool {
        const before = expected orelse value;
        const size: i32 = if (expected) |bytes| @intCast(bytes.len) else -1;
        return import.kv_cas(key.ptr, key.len, before.ptr, size, value.ptr, value.len, ttl_ms) == 1;
    }

    /// Adds to a number and answers the sum; NaN when what is there is no number, or the store is full.
    pub fn add(key: []const u8, by: f64, ttl_ms: u32) f64 {
        return import.kv_add(key.ptr, key.len, by, ttl_ms);
    }
};
