package weir.interop;

import java.io.Serializable;
import java.util.Date;
import java.util.List;
import java.util.Map;

/** A nested value: objects in a list, a map, a date, bytes, and one object that is referred to twice. */
public class Order implements Serializable {
    private static final long serialVersionUID = 1L;

    public long id;
    public String customer;
    public double total;
    public boolean paid;
    public Date created;
    public byte[] signature;
    public Address shipTo;
    public Address billTo;
    public List<Item> items;
    public Map<String, String> notes;

    public static class Address implements Serializable {
        private static final long serialVersionUID = 1L;

        public String street;
        public String city;
        public int zip;
    }

    public static class Item implements Serializable {
        private static final long serialVersionUID = 1L;

        public String sku;
        public int quantity;
        public double price;
    }
}
