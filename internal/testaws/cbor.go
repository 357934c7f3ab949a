package testaws

import (
	"compress/gzip"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// CloudWatch is a small CloudWatch over CBOR, decoded and encoded with the SDK's
// own codec. It keeps what is put, and answers reads with Read.
type CloudWatch struct {
	*Server

	// Read answers a query for its datapoints; nil: there are none. It is called
	// by one request at a time.
	Read func(q Query) Series
	// Fail, where it gives a code, makes a call fail with it.
	Fail func(operation string) (status int, code string)
	// Refuse makes a read that holds such a query fail whole, as not valid.
	Refuse func(q Query) bool

	mu     sync.Mutex
	datums []Datum // guarded by mu
	reads  []Read  // guarded by mu
	zipped int     // guarded by mu
}

// Query is a query of GetMetricData.
type Query struct {
	ID         string
	Namespace  string
	Metric     string
	Dimensions map[string]string
	Statistic  string
	Period     int
	Expression string
	Account    string
	Hidden     bool // is not to be answered: an expression's input
}

// Read is a call of GetMetricData.
type Read struct {
	Queries    []Query
	Start, End time.Time
	Descending bool
	Token      string
}

// Series is the answer to a query. Without a Status it is Complete.
type Series struct {
	Times  []time.Time
	Values []float64
	Status string
}

// Datum is what PutMetricData brought.
type Datum struct {
	Namespace  string
	Metric     string
	Dimensions map[string]string
	Value      float64
	At         time.Time
	Unit       string
	Resolution int
}

// StartCloudWatch starts a CloudWatch and ends it with the test.
func StartCloudWatch(t testing.TB) *CloudWatch {
	t.Helper()
	c := &CloudWatch{}
	c.Server = Serve(t, c.serve)
	return c
}

// Datums are all that were put.
func (c *CloudWatch) Datums() []Datum {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Datum(nil), c.datums...)
}

// Reads are all calls of GetMetricData.
func (c *CloudWatch) Reads() []Read {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Read(nil), c.reads...)
}

// Zipped is how many requests came compressed.
func (c *CloudWatch) Zipped() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.zipped
}

func (c *CloudWatch) serve(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Header.Get("Content-Encoding") == "gzip" {
		c.zipped++
	}
	in, err := decode(r)
	if err != nil || r.Header.Get("Smithy-Protocol") != "rpc-v2-cbor" {
		WriteCBOR(w, http.StatusBadRequest, cbor.Map{"__type": cbor.String("SerializationException")})
		return
	}
	operation := Operation(r)
	if c.Fail != nil {
		if status, code := c.Fail(operation); code != "" {
			WriteCBOR(w, status, cbor.Map{"__type": cbor.String("com.amazonaws.cloudwatch#" + code), "message": cbor.String("account 123456789012")})
			return
		}
	}
	switch operation {
	case "GetMetricData":
		if out := c.read(in); out != nil {
			WriteCBOR(w, http.StatusOK, out)
			return
		}
		WriteCBOR(w, http.StatusBadRequest, cbor.Map{"__type": cbor.String("com.amazonaws.cloudwatch#ValidationError")})
	case "PutMetricData":
		c.put(in)
		WriteCBOR(w, http.StatusOK, cbor.Map{})
	default:
		WriteCBOR(w, http.StatusNotFound, cbor.Map{"__type": cbor.String("UnknownOperationException")})
	}
}

// read is nil if it is refused.
func (c *CloudWatch) read(in cbor.Map) cbor.Map {
	read := Read{
		Start: timeOf(in["StartTime"]), End: timeOf(in["EndTime"]),
		Descending: text(in["ScanBy"]) == "TimestampDescending", Token: text(in["NextToken"]),
	}
	results := cbor.List{}
	for _, v := range list(in["MetricDataQueries"]) {
		q := queryOf(object(v))
		read.Queries = append(read.Queries, q)
		if c.Refuse != nil && c.Refuse(q) {
			return nil
		}
		if q.Hidden {
			continue
		}
		var s Series
		if c.Read != nil {
			s = c.Read(q)
		}
		results = append(results, s.encode(q.ID))
	}
	c.reads = append(c.reads, read)
	return cbor.Map{"MetricDataResults": results}
}

func (s Series) encode(id string) cbor.Map {
	if s.Status == "" {
		s.Status = "Complete"
	}
	times, values := cbor.List{}, cbor.List{}
	for _, at := range s.Times {
		times = append(times, &cbor.Tag{ID: 1, Value: cbor.Float64(at.Unix())})
	}
	for _, v := range s.Values {
		values = append(values, cbor.Float64(v))
	}
	return cbor.Map{
		"Id": cbor.String(id), "Label": cbor.String(id), "StatusCode": cbor.String(s.Status),
		"Timestamps": times, "Values": values,
	}
}

func (c *CloudWatch) put(in cbor.Map) {
	for _, v := range list(in["MetricData"]) {
		m := object(v)
		value, _ := cbor.AsFloat64(m["Value"])
		c.datums = append(c.datums, Datum{
			Namespace: text(in["Namespace"]), Metric: text(m["MetricName"]), Dimensions: dimensions(m["Dimensions"]),
			Value: value, At: timeOf(m["Timestamp"]), Unit: text(m["Unit"]), Resolution: number(m["StorageResolution"]),
		})
	}
}

func queryOf(m cbor.Map) Query {
	stat := object(m["MetricStat"])
	metric := object(stat["Metric"])
	shown, set := m["ReturnData"].(cbor.Bool)
	return Query{
		ID: text(m["Id"]), Namespace: text(metric["Namespace"]), Metric: text(metric["MetricName"]),
		Dimensions: dimensions(metric["Dimensions"]), Statistic: text(stat["Stat"]), Period: number(stat["Period"]),
		Expression: text(m["Expression"]), Account: text(m["AccountId"]), Hidden: set && !bool(shown),
	}
}

// decode reads a request's body.
func decode(r *http.Request) (cbor.Map, error) {
	body := io.Reader(r.Body)
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			return nil, err
		}
		body = unzipped
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return nil, err
	}
	v, err := cbor.Decode(raw)
	if err != nil {
		return nil, err
	}
	return object(v), nil
}

// WriteCBOR answers as a service that speaks Smithy RPC v2 CBOR.
func WriteCBOR(w http.ResponseWriter, status int, v cbor.Value) {
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.WriteHeader(status)
	_, _ = w.Write(cbor.Encode(v))
}

func object(v cbor.Value) cbor.Map {
	m, _ := v.(cbor.Map)
	return m
}

func list(v cbor.Value) cbor.List {
	l, _ := v.(cbor.List)
	return l
}

func text(v cbor.Value) string {
	s, _ := v.(cbor.String)
	return string(s)
}

func number(v cbor.Value) int {
	n, _ := v.(cbor.Uint)
	return int(n) //nolint:gosec // a test's own numbers
}

func timeOf(v cbor.Value) time.Time {
	at, _ := cbor.AsTime(v)
	return at.UTC()
}

func dimensions(v cbor.Value) map[string]string {
	out := map[string]string{}
	for _, d := range list(v) {
		m := object(d)
		out[text(m["Name"])] = text(m["Value"])
	}
	return out
}
