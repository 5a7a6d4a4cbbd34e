package lmnop.builderworker;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import lmnop.builderworker.image.ImageBuildSettings;
import lmnop.operations.database.DatabaseSettings;
import lmnop.operations.management.ManagementSettings;
import lmnop.templates.AllowedHost;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What a builder worker is told.
 *
 * @param id tells workers apart; letters, digits and dashes
 * @param controlPlane the internal listener of the control plane
 * @param artifacts the artifact store's directory
 * @param work a directory of this worker's own
 * @param concurrency how many builds run at once
 * @param concurrencyPerOwner how many builds of one owner run at once, on all workers together;
 *     fewer than all places keep some free for others
 * @param trustBuilds whether builds may run without a sandbox where the machine has none
 * @param checkoutTimeout after which the stage CHECKOUT is ended
 * @param templateTimeout after which the stage TEMPLATE is ended, all its steps together
 * @param artifactTimeout after which the stage ARTIFACT is ended
 * @param stepTimeout after which one step of a build is ended
 * @param stepMemory of all processes of a step together
 * @param stepProcesses at once
 * @param stepDisk by which what a step writes may grow
 * @param stepOutput what a step may print; 10 MiB of it are kept
 * @param freeDisk how much of the disk of {@code work} has to be free for a build to begin
 * @param dependencyCache disk for layers of dependencies; the longest unused go first
 * @param downloadCache disk for what package managers keep; the owners that built nothing for
 *     longest lose theirs first
 * @param dependencyEnvironment variables of steps that reach registries, such as {@code
 *     PIP_INDEX_URL}; written {@code dependency-environment[PIP_INDEX_URL]}
 * @param registries hosts that dependencies may come from, beside those of the templates and those
 *     that {@code dependencyEnvironment} names
 * @param templateRegistries whether builds may reach the registries that templates name
 * @param registryTraffic what one step may move from and to registries
 * @param images OCI images, for providers that run nothing else and for repositories with a
 *     Dockerfile
 * @param database the task queue
 * @param management health and metrics
 */
public record WorkerSettings(
    @DefaultValue("worker-1") String id,
    URI controlPlane,
    Path artifacts,
    Path work,
    @DefaultValue("2") int concurrency,
    @DefaultValue("4") int concurrencyPerOwner,
    @DefaultValue("false") boolean trustBuilds,
    @DefaultValue("2m") Duration checkoutTimeout,
    @DefaultValue("15m") Duration templateTimeout,
    @DefaultValue("5m") Duration artifactTimeout,
    @DefaultValue("10m") Duration stepTimeout,
    @DefaultValue("2GB") DataSize stepMemory,
    @DefaultValue("512") int stepProcesses,
    @DefaultValue("4GB") DataSize stepDisk,
    @DefaultValue("64MB") DataSize stepOutput,
    @DefaultValue("512MB") DataSize freeDisk,
    @DefaultValue("5GB") DataSize dependencyCache,
    @DefaultValue("5GB") DataSize downloadCache,
    @DefaultValue Map<String, String> dependencyEnvironment,
    @DefaultValue List<String> registries,
    @DefaultValue("true") boolean templateRegistries,
    @DefaultValue("4GB") DataSize registryTraffic,
    @DefaultValue ImageBuildSettings images,
    DatabaseSettings database,
    ManagementSettings management) {

  public WorkerSettings {
    if (!id.matches("[a-z0-9-]+")) {
      throw new IllegalArgumentException(
          "id = '" + id + "' may have small letters, digits and dashes only");
    }
    if (concurrency < 1) {
      throw new IllegalArgumentException("concurrency = " + concurrency + " must be at least 1");
    }
    if (concurrencyPerOwner < 1) {
      throw new IllegalArgumentException(
          "concurrency-per-owner = " + concurrencyPerOwner + " must be at least 1");
    }
    registries.forEach(host -> AllowedHost.parse(host, true));
  }
}
