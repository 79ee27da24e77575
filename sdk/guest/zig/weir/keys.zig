//! The keys that are declared, each with the slot under which its values come.
const answer = @import("answer.zig");
const std = @import("std");

const keys_max = 64;
var declared: [keys_max][]const u8 = undefined;
var count: usize = 0;

/// Declares a key, in onConfigure. The text has to be kept.
pub fn reads(key: []const u8) void {
    if (slotOf(key) != null) return;
    if (count == keys_max) @trap();
    declared[count] = key;
    count += 1;
    answer.say(48, 0, 0, key);
}

/// The same text in the source is mostly the same place in memory, so that seldom a text is compared.
pub fn slotOf(key: []const u8) ?u16 {
    for (declared[0..count], 0..) |known, slot| if (known.ptr == key.ptr and known.len == key.len) return @intCast(slot);
    for (declared[0..count], 0..) |known, slot| if (std.mem.eql(u8, known, key)) return @intCast(slot);
    return null;
}
