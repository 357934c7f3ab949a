package chart

import (
	"debug/elf"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const module = "github.com/scaler-dev/scaler/"

// TestDockerfile reads the rules of the image off the Dockerfile: it is not built
// here, where no base image can be had.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../../Dockerfile")
	require.NoError(t, err)
	build, last, found := strings.Cut(string(text), "\nFROM scratch\n")
	require.True(t, found)
	for _, want := range []string{"COPY --from=build /etc/ssl/certs/ca-certificates.crt ", "\nUSER 65532:65532\n", "\nENTRYPOINT [\"scaler\"]\n", "\nENV PATH=/usr/local/bin\n"} {
		require.Contains(t, last, want)
	}
	require.NotContains(t, last, "RUN ")
	require.Contains(t, build, "CGO_ENABLED=0 go build -trimpath")

	ignored, err := os.ReadFile("../../.dockerignore")
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "./cmd/scaler")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	require.NoError(t, err)
	for pkg := range strings.FieldsSeq(string(out)) {
		dir, ours := strings.CutPrefix(pkg, module)
		if !ours {
			continue
		}
		require.Truef(t, copied(build, dir, "COPY %s ./%s\n"), "the Dockerfile copies no %s", dir)
		require.Truef(t, copied(string(ignored), dir, "!%s\n"), ".dockerignore leaves %s out", dir)
	}
}

// copied tells whether a line of a form names a directory or one above it.
func copied(text, dir, form string) bool {
	for parts := strings.Split(dir, "/"); len(parts) > 0; parts = parts[:len(parts)-1] {
		if strings.Contains(text, strings.ReplaceAll(form, "%s", strings.Join(parts, "/"))) {
			return true
		}
	}
	return false
}

// TestKo shows that ko's image keeps to the same rules.
func TestKo(t *testing.T) {
	text, err := os.ReadFile("../../.ko.yaml")
	require.NoError(t, err)
	var ko struct {
		DefaultBaseImage string
		Builds           []struct{ Env, Flags []string }
	}
	require.NoError(t, yaml.Unmarshal(text, &ko))
	require.Regexp(t, `/static-debian\d+:nonroot$`, ko.DefaultBaseImage)
	require.Len(t, ko.Builds, 1)
	require.Contains(t, ko.Builds[0].Env, "CGO_ENABLED=0")
	require.Contains(t, ko.Builds[0].Flags, "-trimpath")
}

// TestBinaryIsStatic shows that the binary needs no loader and no library.
func TestBinaryIsStatic(t *testing.T) {
	binary, err := built()
	require.NoError(t, err)
	f, err := elf.Open(binary)
	require.NoError(t, err)
	defer f.Close() // only read
	libraries, err := f.ImportedLibraries()
	require.NoError(t, err)
	require.Empty(t, libraries)
	for _, p := range f.Progs {
		require.NotEqual(t, elf.PT_INTERP, p.Type)
	}
}
