package weir.interop;

/** The checked exception of the service. It carries a field of its own, which has to survive the way back. */
public class PeerException extends Exception {
    private static final long serialVersionUID = 1L;

    public int reason;

    public PeerException() {
    }

    public PeerException(String message, int reason) {
        super(message);
        this.reason = reason;
    }
}
