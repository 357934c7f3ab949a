package generate

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
)

// Version is a minor version of Kubernetes 1; 0: the newest there is.
type Version int

// What came when.
const (
	autoscalingV2 Version = 23
	ownTolerance  Version = 35 // HPAConfigurableTolerance, on by default
	scaleToZero   Version = 37 // HPAScaleToZero, on by default
)

var versionRE = regexp.MustCompile(`^v?1\.([0-9]{1,3})([.+-].*)?$`)

var errNoVersion = errors.New("it is not a version of Kubernetes, as in 1.34")

// ParseVersion reads what clusters say they are: 1.34, v1.34.2, v1.34.2-eks-5e0fdde
// or 1.34+.
func ParseVersion(s string) (Version, error) {
	m := versionRE.FindStringSubmatch(s)
	if m == nil {
		return 0, errNoVersion
	}
	minor, err := strconv.Atoi(m[1])
	if err != nil {
		return 0, errNoVersion
	}
	if v := Version(minor); v < autoscalingV2 {
		return 0, fmt.Errorf("kubernetes %s has no autoscaling/v2, which came with %s", v, autoscalingV2)
	}
	return Version(minor), nil
}

// String is as users write it.
func (v Version) String() string { return "1." + strconv.Itoa(int(v)) }

// has tells whether the version has what came with another.
func (v Version) has(since Version) bool { return v == 0 || v >= since }
