package forward

import (
	"errors"
	"regexp"

	"k8s.io/apimachinery/pkg/util/json"
)

// metricList is what a body must be to be passed on: of the right kind, and with a
// value in every item, since a client reads a value that is not there as zero. Names
// are exact, as clients read them. It is small, so that a body of many items takes no
// more memory than itself.
type metricList struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Items      []struct {
		Value quantity `json:"value"`
	} `json:"items"`
}

// quantity is true for one that clients can read.
type quantity bool

const maxQuantity = 64

// readable are quantities that their reader is done with soon. One with a larger
// exponent may take it minutes, or turn into another number.
var readable = regexp.MustCompile(`^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2}|[numkMGTPE]|[KMGTPE]i)?$`)

var errQuantity = errors.New("not a quantity that can be read")

// UnmarshalJSON takes a string or a number.
func (q *quantity) UnmarshalJSON(b []byte) error {
	if len(b) >= 2 && b[0] == '"' && b[len(b)-1] == '"' {
		b = b[1 : len(b)-1]
	}
	if len(b) > maxQuantity || !readable.Match(b) {
		return errQuantity
	}
	*q = true
	return nil
}

// validMetric tells a body that is a list of external metrics.
func validMetric(body []byte) bool {
	var list metricList
	if err := json.Unmarshal(body, &list); err != nil {
		return false
	}
	if list.Kind != "ExternalMetricValueList" || list.APIVersion != groupVersion {
		return false
	}
	for _, item := range list.Items {
		if !item.Value {
			return false
		}
	}
	return true
}

// nameList is the part of the adapter's discovery that is read.
type nameList struct {
	Kind         string `json:"kind"`
	GroupVersion string `json:"groupVersion"`
	Resources    []struct {
		Name string `json:"name"`
	} `json:"resources"`
}

// namesIn are the names in a body of discovery that can be metrics, as the adapter
// has them; false if it is not one.
func namesIn(body []byte) ([]string, bool) {
	var list nameList
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, false
	}
	if list.Kind != "APIResourceList" || list.GroupVersion != groupVersion {
		return nil, false
	}
	names := make([]string, 0, len(list.Resources))
	for _, r := range list.Resources {
		if validName(r.Name) {
			names = append(names, r.Name)
		}
	}
	return names, true
}
