package lmnop.router;

import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;

/** Starts a router. */
public final class RouterMain {
  private RouterMain() {}

  /** Runs until the process is asked to end. */
  @SuppressWarnings("SystemOut") // nothing else listens when the settings do not fit
  public static void main(String... arguments) throws Exception {
    // Reading the settings makes a handful of calls by reflection. To compile those first takes a
    // fifth of the time in which nobody listens.
    System.setProperty("jdk.reflect.useNativeAccessorOnly", "true");
    Kindling.light();
    try (Router router = Router.start(Settings.load(RouterSettings.class, arguments))) {
      router.runUntilStopped();
    } catch (SettingsException e) {
      System.err.println(e.getMessage());
      System.exit(2);
    }
  }
}
