package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
)

func newCompletion(h Host) *cobra.Command {
	shells := []string{"bash", "zsh", "fish", "powershell"}
	return &cobra.Command{
		Use:   "completion bash|zsh|fish|powershell",
		Short: "Print a script that lets a shell complete commands and flags",
		Example: `  source <(scaler completion bash)
  scaler completion zsh > "${fpath[1]}/_scaler"
  scaler completion fish > ~/.config/fish/completions/scaler.fish`,
		ValidArgs: shells,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(errors.New("which shell is it for?"), "write one of bash, zsh, fish, powershell")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(h.Stdout, true)
			case "zsh":
				return root.GenZshCompletion(h.Stdout)
			case "fish":
				return root.GenFishCompletion(h.Stdout, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(h.Stdout)
			default:
				return usage(fmt.Errorf("there is no completion for %q", args[0]), "write one of bash, zsh, fish, powershell")
			}
		},
	}
}
