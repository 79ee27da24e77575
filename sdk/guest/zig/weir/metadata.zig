//! A message, as it is when the handler is called. Its texts hold until the handler returns.
const memory = @import("memory.zig");
const slotOf = @import("keys.zig").slotOf;
const std = @import("std");

const row_bytes = 16;
const every_key = 4;
const has_config = 16;

pub const Kind = enum(u8) {
    request = 1,
    oneway,
    response,
    failure,
    heartbeat,
    heartbeat_reply,
    drain,
    stream_init,
    stream_data,
    stream_close,
    _,
};

pub const Metadata = struct {
    record: [*]const u8,
    /// Whether its keys are known by their names only.
    named: bool = false,

    /// The first value of a key; null when the message does not carry it. Panics when the key was not declared.
    pub fn get(m: Metadata, key: []const u8) ?[]const u8 {
        var values = m.find(key);
        return values.next();
    }

    /// Whether the first value of a key is this text.
    pub fn is(m: Metadata, key: []const u8, text: []const u8) bool {
        return std.mem.eql(u8, m.get(key) orelse return false, text);
    }

    /// Every value of a key, in order.
    pub fn getAll(m: Metadata, key: []const u8) []const []const u8 {
        var values = m.find(key);
        var all = memory.arena.alloc([]const u8, m.count()) catch @trap();
        var found: usize = 0;
        while (values.next()) |value| : (found += 1) all[found] = value;
        return all[0..found];
    }

    pub fn has(m: Metadata, key: []const u8) bool {
        return m.get(key) != null;
    }

    /// Every key that is here, once.
    pub fn keys(m: Metadata) []const []const u8 {
        var all = memory.arena.alloc([]const u8, m.count()) catch @trap();
        var found: usize = 0;
        for (0..m.count()) |nth| {
            const name = m.keyAt(m.row(nth));
            if (found > 0 and std.mem.eql(u8, all[found - 1], name)) continue;
            all[found] = name;
            found += 1;
        }
        return all[0..found];
    }

    /// The number of the configuration that holds: 0 is the listener's, the others are those of routes.
    pub fn config(m: Metadata) u32 {
        return if (m.record[17] & has_config == 0) 0 else m.number(u32, 104);
    }

    /// The caller's id as a text, exact to 64 bits.
    pub fn requestId(m: Metadata) []const u8 {
        return if (m.record[17] & 1 != 0) m.refer(72) else memory.print("{d}", .{m.id()});
    }

    /// The id as a number; 0 when it is a text.
    pub fn id(m: Metadata) u64 {
        return m.number(u64, 8);
    }

    pub fn kind(m: Metadata) Kind {
        return @fromBackingInt(@intCast(m.record[16]));
    }

    /// The protocol's status of a reply; -1 when the message has none.
    pub fn status(m: Metadata) i32 {
        return m.number(i32, 20);
    }

    pub fn streamId(m: Metadata) u32 {
        return m.number(u32, 24);
    }

    pub fn headerSize(m: Metadata) u32 {
        return m.number(u32, 28);
    }

    pub fn bodySize(m: Metadata) u32 {
        return m.number(u32, 32);
    }

    /// Bytes of the whole frame.
    pub fn size(m: Metadata) u32 {
        return m.headerSize() + m.bodySize();
    }

    pub fn operation(m: Metadata) []const u8 {
        return m.refer(40);
    }

    pub fn listener(m: Metadata) []const u8 {
        return m.refer(48);
    }

    pub fn peer(m: Metadata) []const u8 {
        return m.refer(56);
    }

    pub fn protocol(m: Metadata) []const u8 {
        return m.refer(64);
    }

    /// Why a property could not be read; empty when all could.
    pub fn problem(m: Metadata) []const u8 {
        return m.refer(80);
    }

    pub fn body(m: Metadata) []const u8 {
        return m.refer(88);
    }

    /// In onResponse, with `.request = true`: the request that this answers.
    pub fn request(m: Metadata) Metadata {
        return m.next(false);
    }

    pub fn handle(m: Metadata) u32 {
        return m.number(u32, 4);
    }

    /// For the kit, as what follows: the record behind this one, and what the phase adds to this one.
    pub fn next(m: Metadata, named: bool) Metadata {
        return .{ .record = m.record + m.number(u32, 0), .named = named };
    }

    pub fn extra(m: Metadata) usize {
        return m.number(u32, 96);
    }

    pub fn number(m: Metadata, comptime T: type, at: usize) T {
        return std.mem.readInt(T, m.record[at..][0..@sizeOf(T)], .little);
    }

    pub fn refer(m: Metadata, at: usize) []const u8 {
        return m.record[m.number(u32, at)..][0..m.number(u32, at + 4)];
    }

    fn count(m: Metadata) usize {
        return m.number(u16, 18);
    }

    fn row(m: Metadata, nth: usize) usize {
        return m.number(u32, 36) + nth * row_bytes;
    }

    fn keyAt(m: Metadata, at: usize) []const u8 {
        return m.record[m.number(u32, at)..][0..m.number(u16, at + 4)];
    }

    fn find(m: Metadata, key: []const u8) Values {
        const slot = if (m.named) null else slotOf(key);
        if (slot == null and m.record[17] & every_key == 0) {
            @panic(memory.print("the key {s} is not declared: name it in the keys of weir.filter", .{key}));
        }
        return .{ .metadata = m, .key = key, .slot = slot };
    }
};

const Values = struct {
    metadata: Metadata,
    key: []const u8,
    slot: ?u16,
    nth: usize = 0,

    fn next(v: *Values) ?[]const u8 {
        const m = v.metadata;
        while (v.nth < m.count()) {
            const at = m.row(v.nth);
            v.nth += 1;
            const same = if (v.slot) |slot| m.number(u16, at + 6) == slot else std.mem.eql(u8, m.keyAt(at), v.key);
            if (same) return m.refer(at + 8);
        }
        return null;
    }
};
