package main

import (
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The JSON forms are those of Values.java: a long is a decimal string, a date is milliseconds, bytes are base64,
// {"size":n} stands for generated content, and a large result comes back as size and checksum.
const summarySize = 16_384

const pattern = "aé漢😀"

// patternUnits is the length of the pattern in UTF-16, in which Java counts.
const patternUnits = 5

func argText(json any) string {
	if generated, ok := json.(object); ok {
		return strings.Repeat(pattern, number(generated, "size", 0)/patternUnits)
	}
	text, _ := json.(string)
	return text
}

func argBytes(json any) []byte {
	if generated, ok := json.(object); ok {
		bytes := make([]byte, number(generated, "size", 0))
		for i := range bytes {
			bytes[i] = byte(i*31 + i>>8)
		}
		return bytes
	}
	text, _ := json.(string)
	bytes, _ := base64.StdEncoding.DecodeString(text)
	return bytes
}

func argLong(json any) int64 {
	if text, ok := json.(string); ok {
		value, _ := strconv.ParseInt(text, 10, 64)
		return value
	}
	value, _ := json.(float64)
	return int64(value)
}

func argInt(json any) int32 {
	return int32(argLong(json))
}

func argDouble(json any) float64 {
	if text, ok := json.(string); ok {
		value, _ := strconv.ParseFloat(text, 64)
		return value
	}
	value, _ := json.(float64)
	return value
}

func argBool(json any) bool {
	value, _ := json.(bool)
	return value
}

func argDate(json any) time.Time {
	return time.UnixMilli(argLong(json))
}

func argAddress(json any) *Address {
	fields, ok := json.(object)
	if !ok {
		return nil
	}
	return &Address{Street: argText(fields["street"]), City: argText(fields["city"]), Zip: argInt(fields["zip"])}
}

func argOrder(json any) *Order {
	fields, ok := json.(object)
	if !ok {
		return nil
	}
	order := &Order{
		Id: argLong(fields["id"]), Customer: argText(fields["customer"]), Total: argDouble(fields["total"]),
		Paid: argBool(fields["paid"]), Created: argDate(fields["created"]), Signature: argBytes(fields["signature"]),
		ShipTo: argAddress(fields["shipTo"]), BillTo: argAddress(fields["billTo"]),
	}
	if reflect.DeepEqual(order.ShipTo, order.BillTo) {
		order.BillTo = order.ShipTo
	}
	for _, each := range argList(fields["items"]) {
		item := each.(object)
		order.Items = append(order.Items,
			&Item{Sku: argText(item["sku"]), Quantity: argInt(item["quantity"]), Price: argDouble(item["price"])})
	}
	if notes, ok := fields["notes"].(object); ok {
		order.Notes = map[string]string{}
		for key, value := range notes {
			order.Notes[key] = argText(value)
		}
	}
	return order
}

func argList(json any) []any {
	list, _ := json.([]any)
	return list
}

func textList(value any) []string {
	list := []string{}
	slice := reflect.ValueOf(value)
	if slice.Kind() != reflect.Slice {
		return nil
	}
	for i := range slice.Len() {
		list = append(list, fmt.Sprint(slice.Index(i).Interface()))
	}
	return list
}

func textMap(value any) map[string]any {
	result := map[string]any{}
	of := reflect.ValueOf(value)
	if of.Kind() != reflect.Map {
		return result
	}
	for _, key := range of.MapKeys() {
		result[fmt.Sprint(key.Interface())] = of.MapIndex(key).Interface()
	}
	return result
}

func toJSON(value any) any {
	switch value := value.(type) {
	case nil:
		return nil
	case string:
		return summarized([]byte(value), len(value), value)
	case []byte:
		if value == nil {
			return nil
		}
		return summarized(value, len(value), base64.StdEncoding.EncodeToString(value))
	case int64:
		return strconv.FormatInt(value, 10)
	case float64:
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return strings.TrimPrefix(strings.Replace(fmt.Sprint(value), "Inf", "Infinity", 1), "+")
		}
		return value
	case time.Time:
		if value.IsZero() {
			return nil
		}
		return value.UnixMilli()
	}
	return compound(reflect.ValueOf(value))
}

func compound(of reflect.Value) any {
	switch of.Kind() {
	case reflect.Pointer, reflect.Interface:
		if of.IsNil() {
			return nil
		}
		return toJSON(of.Elem().Interface())
	case reflect.Slice:
		if of.IsNil() {
			return nil
		}
		list := []any{}
		for i := range of.Len() {
			list = append(list, toJSON(of.Index(i).Interface()))
		}
		return list
	case reflect.Map:
		if of.IsNil() {
			return nil
		}
		result := object{}
		for key, each := range textMap(of.Interface()) {
			if key != "class" {
				result[key] = toJSON(each)
			}
		}
		return result
	case reflect.Struct:
		result := object{}
		for i := range of.NumField() {
			result[javaName(of.Type().Field(i).Name)] = toJSON(of.Field(i).Interface())
		}
		return result
	default:
		return of.Interface()
	}
}

func javaName(field string) string {
	first := []rune(field)
	first[0] = unicode.ToLower(first[0])
	return string(first)
}

func summarized(bytes []byte, size int, whole string) any {
	if size <= summarySize {
		return whole
	}
	return object{"size": size, "crc32": crc32.ChecksumIEEE(bytes)}
}
