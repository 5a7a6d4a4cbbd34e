package lmnop.provider.kubernetes;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The cluster, and how functions live there.
 *
 * @param kubeconfig says where the cluster is and who this is; without it this runs in a pod, and
 *     is its service account
 * @param namespace of the cluster, in which functions are
 * @param namespacePerOwner whether each owner gets a namespace, called {@code namespace-OWNER};
 *     this needs the cluster role that makes namespaces
 * @param answer how long the API server may take for an answer; it is asked three times
 * @param start how long a new instance may take before it is asked whether it lives
 * @param drain how long an instance that loses its requests may go on with those that it has
 * @param end between asking an instance to end and ending it; longer where the function's {@code
 *     timeout} or its own {@code write_timeout} is
 * @param user the number that programs run as, whatever their images say
 * @param tmpSize how much an instance may keep in {@code /tmp}
 * @param routerNamespace of the cluster, in which routers are
 * @param routerPods the labels of routers, {@code name=value}; pods that have all of them may call
 *     functions
 * @param routerNetworks ranges of addresses that may call functions as well: of routers outside the
 *     cluster
 * @param deniedNetworks ranges that functions do not reach; without any, those that are private,
 *     and those of metadata
 * @param allowedNetworks ranges that functions reach all the same
 * @param pullSecrets names of the cluster's secrets with which images are pulled
 */
public record KubernetesSettings(
    @Nullable Path kubeconfig,
    @DefaultValue("lmnop-functions") String namespace,
    @DefaultValue("false") boolean namespacePerOwner,
    @DefaultValue("10s") Duration answer,
    @DefaultValue("30s") Duration start,
    @DefaultValue("30s") Duration drain,
    @DefaultValue("5s") Duration end,
    @DefaultValue("10001") int user,
    @DefaultValue("64Mi") String tmpSize,
    @DefaultValue("lmnop") String routerNamespace,
    @DefaultValue List<String> routerPods,
    @DefaultValue List<String> routerNetworks,
    @DefaultValue List<String> deniedNetworks,
    @DefaultValue List<String> allowedNetworks,
    @DefaultValue List<String> pullSecrets) {

  /** The namespace of the cluster for what an owner has. */
  String namespaceOf(String owner) {
    return namespacePerOwner ? namespace + "-" + owner : namespace;
  }
}
