package lmnop.builderworker.template;

import java.nio.file.Path;
import lmnop.operations.archive.Digest;
import lmnop.templates.Template;

/** A template as it lies on this worker's disk. */
public record TemplateFolder(Digest digest, Path path, Template template) {}
