//! A value of the configuration. Texts that are read of it are kept as long as the instance.
const gpa = @import("memory.zig").gpa;
const std = @import("std");

pub const Config = struct {
    value: std.json.Value,

    /// Out of the block of phase configure.
    pub fn of(from: [*]const u8) Config {
        const size = std.mem.readInt(u32, from[0..4], .little);
        const text = gpa.dupe(u8, from[8..][0..size]) catch @trap();
        return .{ .value = std.json.parseFromSliceLeaky(std.json.Value, gpa, text, .{}) catch @trap() };
    }

    /// The text under a key; null when there is none.
    pub fn get(config: Config, key: []const u8) ?[]const u8 {
        return switch (config.at(key)) {
            .string => |text| text,
            else => null,
        };
    }

    pub fn number(config: Config, key: []const u8) ?f64 {
        return switch (config.at(key)) {
            .integer => |value| @floatFromInt(value),
            .float => |value| value,
            else => null,
        };
    }

    pub fn flag(config: Config, key: []const u8) ?bool {
        return switch (config.at(key)) {
            .bool => |value| value,
            else => null,
        };
    }

    pub fn object(config: Config, key: []const u8) ?Config {
        return switch (config.at(key)) {
            .object => |value| .{ .value = .{ .object = value } },
            else => null,
        };
    }

    /// The items under a key, as std.json reads them; none when there is no list.
    pub fn list(config: Config, key: []const u8) []const std.json.Value {
        return switch (config.at(key)) {
            .array => |items| items.items,
            else => &.{},
        };
    }

    fn at(config: Config, key: []const u8) std.json.Value {
        return switch (config.value) {
            .object => |members| members.get(key) orelse .null,
            else => .null,
        };
    }
};
