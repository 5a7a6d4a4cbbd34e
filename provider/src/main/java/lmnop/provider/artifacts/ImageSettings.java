package lmnop.provider.artifacts;

import java.time.Duration;
import lmnop.images.RegistrySettings;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * OCI images, and the disk that they get.
 *
 * @param registries that they are pulled from
 * @param size of one image, unpacked
 * @param files in one image
 * @param disk for all that are unpacked; those that no workload has and that were used longest ago
 *     make room for others
 * @param pullTime how long pulling one may take
 */
public record ImageSettings(
    @DefaultValue RegistrySettings registries,
    @DefaultValue("4GB") DataSize size,
    @DefaultValue("500000") int files,
    @DefaultValue("20GB") DataSize disk,
    @DefaultValue("10m") Duration pullTime) {}
