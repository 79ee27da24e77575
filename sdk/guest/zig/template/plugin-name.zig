//! plugin-name: tells the service who called, and refuses who is banned.
const std = @import("std");
const weir = @import("weir");

/// What goes wrong is in the log.
pub const panic = weir.panic;

comptime {
    weir.filter(@This(), .{ .keys = &.{"caller"} });
}

var banned: []const u8 = "";

/// Called once, with the configuration. With the result `?[]const u8`, a sentence says what is wrong with it.
pub fn onConfigure(config: weir.Config) void {
    banned = config.get("banned") orelse "";
}

/// Called with every request; `mutation` changes what goes on to the service.
pub fn onRequest(metadata: weir.Metadata, mutation: weir.Mutation) ?weir.Verdict {
    const caller = metadata.get("caller") orelse "nobody";
    if (banned.len > 0 and std.mem.eql(u8, caller, banned)) {
        return weir.replyError(.denied, weir.print("{s} may not call", .{caller}));
    }
    mutation.set("plugin-name", caller);
    return null;
}
