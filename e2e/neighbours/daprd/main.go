// The Dapr sidecar as the end-to-end tests need it: Dapr's own runtime with Redis for pub/sub and state, in-memory twins of
// both, and mDNS to find the other sidecar. The daprd that Dapr ships registers about a hundred components more; compiling
// those takes most of an hour, and nothing here uses them.
package main

import (
	"context"
	"os"

	mdns "github.com/dapr/components-contrib/nameresolution/mdns"
	pubsubmemory "github.com/dapr/components-contrib/pubsub/in-memory"
	pubsubredis "github.com/dapr/components-contrib/pubsub/redis"
	statememory "github.com/dapr/components-contrib/state/in-memory"
	stateredis "github.com/dapr/components-contrib/state/redis"
	"github.com/dapr/dapr/cmd/daprd/options"
	"github.com/dapr/dapr/pkg/components/bindings"
	"github.com/dapr/dapr/pkg/components/configuration"
	"github.com/dapr/dapr/pkg/components/crypto"
	"github.com/dapr/dapr/pkg/components/lock"
	"github.com/dapr/dapr/pkg/components/middleware/http"
	"github.com/dapr/dapr/pkg/components/nameresolution"
	"github.com/dapr/dapr/pkg/components/pubsub"
	"github.com/dapr/dapr/pkg/components/secretstores"
	"github.com/dapr/dapr/pkg/components/state"
	"github.com/dapr/dapr/pkg/components/wfbackend"
	"github.com/dapr/dapr/pkg/components/workflows"
	"github.com/dapr/dapr/pkg/healthz"
	"github.com/dapr/dapr/pkg/metrics"
	"github.com/dapr/dapr/pkg/modes"
	"github.com/dapr/dapr/pkg/runtime"
	"github.com/dapr/dapr/pkg/runtime/registry"
	"github.com/dapr/dapr/pkg/security"
	"github.com/dapr/kit/concurrency"
	"github.com/dapr/kit/logger"
	"github.com/dapr/kit/signals"
)

var log = logger.NewLogger("neighbours.daprd")

// components registers what a component file may name as its type. Each registry gets a logger, also the empty ones:
// the runtime builds workflows at its start whether they are used or not, and a registry without a logger would panic.
func components() *registry.Options {
	contrib := logger.NewLogger("dapr.contrib")

	stores := state.NewRegistry()
	stores.Logger = contrib
	stores.RegisterComponent(stateredis.NewRedisStateStore, "redis")
	stores.RegisterComponent(statememory.NewInMemoryStateStore, "in-memory")

	brokers := pubsub.NewRegistry()
	brokers.Logger = contrib
	brokers.RegisterComponent(pubsubredis.NewRedisStreams, "redis")
	brokers.RegisterComponent(pubsubmemory.New, "in-memory")

	resolvers := nameresolution.NewRegistry()
	resolvers.Logger = contrib
	resolvers.RegisterComponent(mdns.NewResolver, "mdns")

	secretstores.DefaultRegistry.Logger = contrib
	configuration.DefaultRegistry.Logger = contrib
	lock.DefaultRegistry.Logger = contrib
	bindings.DefaultRegistry.Logger = contrib
	crypto.DefaultRegistry.Logger = contrib
	http.DefaultRegistry.Logger = contrib
	workflows.DefaultRegistry.Logger = contrib
	wfbackend.DefaultRegistry.Logger = contrib

	return registry.NewOptions().
		WithStateStores(stores).
		WithPubSubs(brokers).
		WithNameResolutions(resolvers).
		WithSecretStores(secretstores.DefaultRegistry).
		WithConfigurations(configuration.DefaultRegistry).
		WithLocks(lock.DefaultRegistry).
		WithBindings(bindings.DefaultRegistry).
		WithCryptoProviders(crypto.DefaultRegistry).
		WithHTTPMiddlewares(http.DefaultRegistry).
		WithWorkflows(workflows.DefaultRegistry).
		WithWorkflowBackends(wfbackend.DefaultRegistry)
}

// config maps the flags of daprd, which are Dapr's own, to what the runtime wants. What only a cluster has is left out.
func config(o *options.Options, health healthz.Healthz, handler security.Handler) *runtime.Config {
	return &runtime.Config{
		AppID:                         o.AppID,
		AppProtocol:                   o.AppProtocol,
		ApplicationPort:               o.AppPort,
		AppChannelAddress:             o.AppChannelAddress,
		AppMaxConcurrency:             o.AppMaxConcurrency,
		AllowedOrigins:                o.AllowedOrigins,
		Mode:                          o.Mode,
		Config:                        o.Config,
		ResourcesPath:                 o.ResourcesPath,
		ComponentsPath:                o.ComponentsPath,
		DaprHTTPPort:                  o.DaprHTTPPort,
		DaprAPIGRPCPort:               o.DaprAPIGRPCPort,
		DaprAPIListenAddresses:        o.DaprAPIListenAddresses,
		DaprInternalGRPCPort:          o.DaprInternalGRPCPort,
		DaprInternalGRPCListenAddress: o.DaprInternalGRPCListenAddress,
		DaprGracefulShutdownSeconds:   o.DaprGracefulShutdownSeconds,
		DaprBlockShutdownDuration:     o.DaprBlockShutdownDuration,
		ProfilePort:                   o.ProfilePort,
		MaxRequestSize:                o.MaxRequestSize,
		ReadBufferSize:                o.ReadBufferSize,
		AppHealthProbeInterval:        o.AppHealthProbeInterval,
		AppHealthProbeTimeout:         o.AppHealthProbeTimeout,
		AppHealthThreshold:            o.AppHealthThreshold,
		EnableAPILogging:              o.EnableAPILogging,
		Metrics: metrics.Options{
			Enabled:   o.Metrics.Enabled(),
			Log:       log,
			Port:      o.Metrics.Port(),
			Namespace: metrics.DefaultMetricNamespace,
			Healthz:   health,
		},
		Registry: components(),
		Security: handler,
		Healthz:  health,
	}
}

func run(arguments []string) error {
	o, err := options.New(arguments)
	if err != nil {
		return err
	}
	o.Logger.SetAppID(o.AppID)
	if err = logger.ApplyOptionsToLoggers(&o.Logger); err != nil {
		return err
	}

	ctx := signals.Context()
	health := healthz.New()
	provider, err := security.New(ctx, security.Options{
		SentryAddress:           o.SentryAddress,
		ControlPlaneTrustDomain: o.ControlPlaneTrustDomain,
		ControlPlaneNamespace:   o.ControlPlaneNamespace,
		TrustAnchors:            o.TrustAnchors,
		AppID:                   o.AppID,
		MTLSEnabled:             o.EnableMTLS,
		Mode:                    modes.DaprMode(o.Mode),
		Healthz:                 health,
	})
	if err != nil {
		return err
	}
	sidecar := func(ctx context.Context) error {
		handler, err := provider.Handler(ctx)
		if err != nil {
			return err
		}
		dapr, err := runtime.FromConfig(ctx, config(o, health, handler))
		if err != nil {
			return err
		}
		return dapr.Run(ctx)
	}
	return concurrency.NewRunnerManager(provider.Run, sidecar).Run(ctx)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatalf("daprd ends: %s", err)
	}
}
