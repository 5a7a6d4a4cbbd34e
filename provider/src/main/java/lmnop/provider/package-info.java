/**
 * The provider: engines behind the OpenFaaS provider API.
 *
 * <p>{@link lmnop.provider.api} speaks HTTP; {@link lmnop.provider.process} runs functions as
 * processes of one machine, kept apart by {@link lmnop.provider.isolation}, from {@link
 * lmnop.provider.artifacts}; {@link lmnop.provider.kubernetes} runs them in a cluster; {@link
 * lmnop.provider.openfaas} has a gateway run them; {@link lmnop.provider.kept} keeps on disk what
 * an engine must not forget, {@link lmnop.provider.output} what functions print; {@link
 * lmnop.provider.registry} publishes where they listen. Start at {@link lmnop.provider.Provider},
 * which lists what the app is made of.
 */
@NullMarked
package lmnop.provider;

import org.jspecify.annotations.NullMarked;
