package host

import (
	"context"
	"sync"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/install"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/sdk"
)

// provider starts the named plugin if need be.
func (h *Host) provider(ctx context.Context, name string) (sdk.Provider, launch.Facts, error) {
	c, err := h.config(nil)
	if err != nil {
		return nil, launch.Facts{}, err
	}
	supervisor, err := h.supervisor(name, c)
	if err != nil {
		return nil, launch.Facts{}, err
	}
	return supervisor.Provider(ctx)
}

// each runs ask for one provider or for all, at the same time, and returns the
// rows in the order of choice.
func each[Row any](h *Host, name string, ask func(name string) Row) []Row {
	names := h.askable(name)
	rows := make([]Row, len(names))
	var asking sync.WaitGroup
	for i, name := range names {
		asking.Go(func() { rows[i] = ask(name) })
	}
	asking.Wait()
	return rows
}

// askable are the names of all providers that can be started, in the order of
// choice, or the one name that is given.
func (h *Host) askable(name string) []string {
	if name != "" {
		return []string{name}
	}
	var names []string
	for _, row := range h.usable() {
		names = append(names, row.Name)
	}
	return names
}

// AuthStatus returns the login state of one provider, or of all when provider is
// empty. With probe the vendors are asked. Failures are as in [Host.Models].
func (h *Host) AuthStatus(ctx context.Context, provider string, probe bool) ([]ProviderAuth, error) {
	if _, err := h.config(nil); err != nil {
		return nil, err
	}
	rows := each(h, provider, func(name string) ProviderAuth {
		row := ProviderAuth{Provider: name}
		plugin, facts, err := h.provider(ctx, name)
		if err == nil {
			row.Methods = facts.Info.LoginMethods
			row.Status, err = plugin.AuthStatus(ctx, probe)
			if err == nil {
				h.keepAuth(name, row.Status)
			}
		}
		row.Err = err
		return row
	})
	if provider != "" {
		return rows, rows[0].Err
	}
	return rows, nil
}

// LoginMethods returns the ways to log in to provider, best first.
func (h *Host) LoginMethods(ctx context.Context, provider string) ([]sdk.LoginMethod, error) {
	_, facts, err := h.provider(ctx, provider)
	return facts.Info.LoginMethods, err
}

// Login logs in to provider, which asks through ui, and returns the account.
func (h *Host) Login(ctx context.Context, provider string, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	plugin, _, err := h.provider(ctx, provider)
	if err != nil {
		return sdk.Account{}, err
	}
	h.forgetChoice()
	h.forgetModels(provider)
	return plugin.Login(ctx, request, ui)
}

// Logout removes the credentials that Login stored for provider.
func (h *Host) Logout(ctx context.Context, provider string) ([]sdk.RemovedCredential, error) {
	plugin, _, err := h.provider(ctx, provider)
	if err != nil {
		return nil, err
	}
	h.forgetChoice()
	h.forgetModels(provider)
	return plugin.Logout(ctx)
}

// Plugins lists every plugin that discovery finds, broken and shadowed ones
// included. It launches nothing.
func (h *Host) Plugins(context.Context) ([]Plugin, error) {
	rows := h.discovered()
	plugins, known := make([]Plugin, len(rows)), h.statusKnown()
	for i := range rows {
		plugins[i] = pluginRow(&rows[i])
		h.addStatus(&plugins[i], &rows[i], known)
	}
	return plugins, nil
}

func pluginRow(row *discover.Plugin) Plugin {
	return Plugin{
		Name: row.Name, Display: row.Display, Version: row.Version,
		Protocol: discover.FormatProtocols(row.Protocol), Source: string(row.Source), Path: row.Path,
		Status: string(row.Status), Reason: row.Reason, Remedy: row.Remedy, Trust: row.Trust,
		SHA256: row.LockedSHA256, Rank: row.Rank, Experimental: row.Experimental,
		Description: row.Description, Warnings: row.Warnings,
		Environment: row.Manifest.Environment.Variables, RunsCLI: row.Kind == discover.KindCLI,
		TrustDetail: row.TrustDetail, Origin: row.Origin, Signer: row.Signer, Pinned: row.Pinned, Kind: row.Kind,
		Asks: install.AsksOf(row.Manifest).Items(),
	}
}
