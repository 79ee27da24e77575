package main

import (
	"time"

	hessian "github.com/apache/dubbo-go-hessian2"
	"github.com/apache/dubbo-go-hessian2/java_exception"
)

// The Go side of the Java classes. A field is called on the wire what it is called here with a small first letter,
// hence Id.

type Address struct {
	Street string
	City   string
	Zip    int32
}

func (Address) JavaClassName() string { return "weir.interop.Order$Address" }

type Item struct {
	Sku      string
	Quantity int32
	Price    float64
}

func (Item) JavaClassName() string { return "weir.interop.Order$Item" }

type Order struct {
	Id        int64
	Customer  string
	Total     float64
	Paid      bool
	Created   time.Time
	Signature []byte
	ShipTo    *Address
	BillTo    *Address
	Items     []*Item
	Notes     map[string]string
}

func (Order) JavaClassName() string { return "weir.interop.Order" }

type Sample struct {
	Flag   bool
	Count  int32
	Id     int64
	Ratio  float64
	Text   string
	Bytes  []byte
	When   time.Time
	Names  []string
	Totals map[string]int64
}

func (Sample) JavaClassName() string { return "weir.interop.Sample" }

// PeerException is the checked exception of the service, with the fields that every Java exception has.
type PeerException struct {
	SerialVersionUID     int64
	DetailMessage        string
	SuppressedExceptions []java_exception.Throwabler
	StackTrace           []java_exception.StackTraceElement
	Cause                java_exception.Throwabler
	Reason               int32
}

func (e PeerException) Error() string { return e.DetailMessage }

func (PeerException) JavaClassName() string { return "weir.interop.PeerException" }

func (e PeerException) GetStackTrace() []java_exception.StackTraceElement { return e.StackTrace }

func registerTypes() {
	hessian.RegisterPOJO(&Address{})
	hessian.RegisterPOJO(&Item{})
	hessian.RegisterPOJO(&Order{})
	hessian.RegisterPOJO(&Sample{})
	hessian.RegisterPOJO(&PeerException{})
}
