package weir.interop;

import java.io.Serializable;
import java.util.Date;
import java.util.List;
import java.util.Map;

/** The parameters of sample, given back in one object. */
public class Sample implements Serializable {
    private static final long serialVersionUID = 1L;

    public boolean flag;
    public int count;
    public long id;
    public double ratio;
    public String text;
    public byte[] bytes;
    public Date when;
    public List<String> names;
    public Map<String, Long> totals;
}
