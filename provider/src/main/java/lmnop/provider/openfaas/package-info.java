/**
 * Has an OpenFaaS gateway or a faasd run the functions, one gateway function for each of ours: the
 * newest workload of a function takes the place of the one before, and gives it back if it goes.
 *
 * <p>Depends on the API's roles, on what is kept on disk, on the registry and on the client of the
 * provider API. Start at {@link lmnop.provider.openfaas.OpenFaasEngine}.
 */
@NullMarked
package lmnop.provider.openfaas;

import org.jspecify.annotations.NullMarked;
