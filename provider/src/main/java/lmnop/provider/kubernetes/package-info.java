/**
 * Runs workloads as Deployments of a Kubernetes cluster.
 *
 * <p>The cluster holds all that is known: what a workload shall be stands in its Deployment. {@link
 * lmnop.provider.kubernetes.FunctionObjects} turns it into objects, without asking anybody; {@link
 * lmnop.provider.kubernetes.Workload} applies them and takes instances away in order; {@link
 * lmnop.provider.kubernetes.Watches} learns what becomes of them. Start at {@link
 * lmnop.provider.kubernetes.KubernetesEngine}.
 */
@NullMarked
package lmnop.provider.kubernetes;

import org.jspecify.annotations.NullMarked;
