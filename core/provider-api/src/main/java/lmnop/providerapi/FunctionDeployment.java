package lmnop.providerapi;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a provider is asked to run (POST and PUT {@code /system/functions}).
 *
 * @param service the workload's name
 * @param image an OCI reference, or {@code bundle@sha256:…}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record FunctionDeployment(
    String service,
    String image,
    @Nullable String namespace,
    @Nullable String envProcess,
    @Nullable Map<String, String> envVars,
    @Nullable List<String> constraints,
    @Nullable List<String> secrets,
    @Nullable Map<String, String> labels,
    @Nullable Map<String, String> annotations,
    @Nullable FunctionResources limits,
    @Nullable FunctionResources requests,
    @Nullable Boolean readOnlyRootFilesystem) {
  /** The same under other labels and annotations. */
  public FunctionDeployment with(
      @Nullable Map<String, String> otherLabels, @Nullable Map<String, String> otherAnnotations) {
    return new FunctionDeployment(
        service,
        image,
        namespace,
        envProcess,
        envVars,
        constraints,
        secrets,
        otherLabels,
        otherAnnotations,
        limits,
        requests,
        readOnlyRootFilesystem);
  }
}
