package weir.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/** The JSON lines on stdin and stdout. Whatever else the process prints goes to stderr. */
final class Lines {
    private final PrintStream out = System.out;

    Lines() {
        System.setOut(System.err);
        System.setProperty("dubbo.application.logger", "jdk");
        Logger root = LogManager.getLogManager().getLogger("");
        root.setLevel(Boolean.getBoolean("peer.verbose") ? Level.INFO : Level.SEVERE);
    }

    void write(Map<String, Object> line) {
        byte[] bytes = (Json.write(line) + "\n").getBytes(StandardCharsets.UTF_8);
        synchronized (out) {
            out.write(bytes, 0, bytes.length);
            out.flush();
        }
    }

    /** Calls the handler with every line, and returns when stdin ends: a peer does not outlive its test. */
    void each(Consumer<Map<String, Object>> handler) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            @SuppressWarnings("unchecked")
            Map<String, Object> op = (Map<String, Object>) Json.read(line);
            handler.accept(op);
        }
    }

    static Map<String, Object> reply(Map<String, Object> op, boolean ok) {
        Map<String, Object> reply = new LinkedHashMap<>();
        reply.put("id", op.get("id"));
        reply.put("ok", ok);
        return reply;
    }

    static String text(Map<String, Object> op, String key, String otherwise) {
        Object value = op.get(key);
        return value == null ? otherwise : value.toString();
    }

    static int number(Map<String, Object> op, String key, int otherwise) {
        Object value = op.get(key);
        return value == null ? otherwise : ((Double) value).intValue();
    }
}
