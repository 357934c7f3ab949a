package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGlob(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, value string
		want           bool
	}{
		{"orders", "orders", true},
		{"orders", "orders2", false},
		{"orders*", "orders", true},
		{"orders*", "orders-eu", true},
		{"orders*", "my-orders", false},
		{"*", "", true},
		{"prod/*", "prod/a/b", true},
		{"*-eu-*", "a-eu-b", true},
		{"*-eu-*", "a-us-b", false},
		{"a*a", "a", false},
		{"a*b*c", "aXbYc", true},
		{"a*b*c", "aXcYb", false},
		{"a**c", "abc", true},
	}
	for _, tt := range tests {
		t.Run(tt.pattern+" "+tt.value, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, tt.want, glob(tt.pattern, tt.value))
		})
	}
}
