package weir.interop;

import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What every peer offers and calls. The Go peers carry the same methods under the same names. */
public interface PeerService {
    String sayHello(String name);

    /** The name the provider was started with, so that a test knows which endpoint answered. */
    String whoAmI();

    CompletableFuture<String> sayHelloAsync(String name);

    String echoText(String text);

    byte[] echoBytes(byte[] bytes);

    long echoLong(long value);

    double echoDouble(double value);

    Order echoOrder(Order order);

    /** That many orders of one class, so that the response repeats a class definition. */
    List<Order> orders(int count);

    /** Nine parameters of different types, which a proxy has to step over to reach the attachments. */
    Sample sample(boolean flag, int count, long id, double ratio, String text, byte[] bytes, Date when,
                  List<String> names, Map<String, Long> totals);

    String nothing();

    void touch();

    String failChecked(String message) throws PeerException;

    String failRuntime(String message);

    /** An error without a type of its own: RuntimeException in Java, errors.New in Go. */
    String failPlain(String message);

    String slow(int ms);

    /** Called one-way. */
    void log(String line);

    /** What log received, in order. */
    List<String> received();

    /**
     * The attachments the provider saw, as text. Each attachment named echo-X comes back as response attachment
     * reply-X with its value untouched, and served-by carries the provider's name.
     */
    Map<String, String> attachments();

    /** Returns its argument; the provider counts arguments it has seen before. */
    String nonce(String nonce);
}
