package lmnop.controlplane.templates;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import lmnop.controlplane.accounts.Refused;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;

/**
 * Adds the templates that the settings list, for platforms that are described by files. What is
 * there from the same place is left as it is: reading it again is for an operator to ask.
 */
public final class ListedTemplates {
  private static final Logger log = LoggerFactory.getLogger(ListedTemplates.class);

  private final AddedTemplates templates;
  private final Map<String, ListedTemplate> listed;

  /** Why each could not be added the last time, so that the log says it once. */
  private final Map<String, String> failures = new ConcurrentHashMap<>();

  public ListedTemplates(AddedTemplates templates, Map<String, ListedTemplate> listed) {
    this.templates = templates;
    this.listed = Map.copyOf(listed);
  }

  /** Adds those that are missing; what cannot be added is tried again at the next call. */
  public void add() {
    listed.forEach((name, wanted) -> {
      try {
        if (templates.require(
            name, TemplateSource.of(wanted.from(), wanted.ref(), wanted.folder()))) {
          log.info("the template {} is there, from {}", name, wanted.from());
        }
        failures.remove(name);
      } catch (Refused | DataAccessException e) {
        String why = String.valueOf(e.getMessage());
        if (!why.equals(failures.put(name, why))) {
          log.error("the template {} of the settings is not there: {}", name, why);
        }
      }
    });
  }
}
