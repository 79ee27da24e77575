package weir.interop;

import java.util.Collections;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.MethodConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.rpc.service.GenericService;

/** The references of a caller by name. Options of connect: url, timeoutMs, retries, heartbeatMs, serialization, version, group. */
final class Connections {
    private final ApplicationConfig application = new ApplicationConfig("weir-interop-caller");
    private final Map<String, Connection> byName = new ConcurrentHashMap<>();

    Connections() {
        application.setQosEnable(false);
    }

    void open(String name, Map<String, Object> options) {
        close(name);
        byName.put(name, new Connection(options));
    }

    void close(String name) {
        Connection old = byName.remove(name);
        if (old != null) {
            old.close();
        }
    }

    Connection get(String name) {
        Connection connection = byName.get(name);
        if (connection == null) {
            throw new IllegalArgumentException("no connection " + name);
        }
        return connection;
    }

    final class Connection {
        private final Map<String, Object> options;
        private final ReferenceConfig<PeerService> reference;
        private ReferenceConfig<GenericService> generic = null;

        /** Resolved once: from 3.x on, get makes its caller wait for the whole application model each time. */
        final PeerService service;

        Connection(Map<String, Object> options) {
            this.options = options;
            reference = reference();
            reference.setInterface(PeerService.class);
            MethodConfig oneWay = new MethodConfig();
            oneWay.setName("log");
            oneWay.setReturn(false);
            reference.setMethods(Collections.singletonList(oneWay));
            service = reference.get();
        }

        synchronized GenericService generic() {
            if (generic == null) {
                generic = reference();
                generic.setInterface(PeerService.class.getName());
                generic.setGeneric("true");
            }
            return generic.get();
        }

        private <T> ReferenceConfig<T> reference() {
            ReferenceConfig<T> config = new ReferenceConfig<>();
            config.setApplication(application);
            config.setUrl(url());
            config.setCheck(false);
            config.setFilter("answer");
            config.setRetries(Lines.number(options, "retries", 0));
            config.setTimeout(Lines.number(options, "timeoutMs", 5_000));
            if (options.containsKey("version")) {
                config.setVersion(Lines.text(options, "version", null));
            }
            if (options.containsKey("group")) {
                config.setGroup(Lines.text(options, "group", null));
            }
            return config;
        }

        private String url() {
            String url = Lines.text(options, "url", "") + "/" + PeerService.class.getName() + "?weir=interop";
            if (options.containsKey("heartbeatMs")) {
                url += "&heartbeat=" + Lines.number(options, "heartbeatMs", 0);
            }
            if (options.containsKey("serialization")) {
                url += "&serialization=" + Lines.text(options, "serialization", "");
            }
            return url;
        }

        private synchronized void close() {
            reference.destroy();
            if (generic != null) {
                generic.destroy();
            }
        }
    }
}
