package weir.interop;

import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;

/**
 * A provider without registry. Its one argument is a JSON object: port, and if wanted name, serialization,
 * version, group, heartbeatMs, shutdownWaitMs. Operations on stdin: stats, reset, stop (the way of the SDK), quit (at once).
 */
public final class Provider {
    private Provider() {
    }

    public static void main(String[] args) throws Exception {
        Lines lines = new Lines();
        @SuppressWarnings("unchecked")
        Map<String, Object> options = (Map<String, Object>) Json.read(args[0]);
        int port = Lines.number(options, "port", 0);
        System.setProperty("dubbo.service.shutdown.wait", Integer.toString(Lines.number(options, "shutdownWaitMs", 10_000)));
        PeerServant servant = new PeerServant(Lines.text(options, "name", "provider"));
        export(options, port, servant);

        Map<String, Object> ready = new LinkedHashMap<>();
        ready.put("ready", true);
        ready.put("port", (double) port);
        lines.write(ready);
        lines.each(op -> lines.write(answer(op, servant)));
        Runtime.getRuntime().halt(0);
    }

    private static void export(Map<String, Object> options, int port, PeerServant servant) {
        ApplicationConfig application = new ApplicationConfig("weir-interop-provider");
        application.setQosEnable(false);
        ProtocolConfig protocol = new ProtocolConfig("dubbo", port);
        protocol.setHost("127.0.0.1");
        if (options.containsKey("serialization")) {
            protocol.setSerialization(Lines.text(options, "serialization", null));
        }
        if (options.containsKey("heartbeatMs")) {
            protocol.setHeartbeat(Lines.number(options, "heartbeatMs", 0));
        }
        ServiceConfig<PeerService> service = new ServiceConfig<>();
        service.setApplication(application);
        service.setRegistry(new RegistryConfig("N/A"));
        service.setProtocol(protocol);
        service.setInterface(PeerService.class);
        service.setRef(servant);
        if (options.containsKey("version")) {
            service.setVersion(Lines.text(options, "version", null));
        }
        if (options.containsKey("group")) {
            service.setGroup(Lines.text(options, "group", null));
        }
        service.export();
    }

    private static Map<String, Object> answer(Map<String, Object> op, PeerServant servant) {
        Map<String, Object> reply = Lines.reply(op, true);
        switch (Lines.text(op, "op", "")) {
            case "stats":
                reply.put("value", servant.stats());
                return reply;
            case "reset":
                servant.reset();
                return reply;
            case "stop":
                new Thread(() -> System.exit(0)).start();
                return reply;
            case "quit":
                Runtime.getRuntime().halt(0);
                return reply;
            default:
                reply.put("ok", false);
                reply.put("message", "no such operation");
                return reply;
        }
    }
}
