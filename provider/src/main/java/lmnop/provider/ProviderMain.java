package lmnop.provider;

import java.io.IOException;
import java.security.SecureRandom;
import java.time.Clock;
import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;

/** Starts the provider: {@code java -jar provider.jar --config FILE}. */
public final class ProviderMain {
  private static final int CANNOT_START = 1;

  private ProviderMain() {}

  public static void main(String... arguments) throws InterruptedException {
    Provider provider;
    try {
      provider =
          Provider.start(
              Settings.load(ProviderSettings.class, arguments),
              Clock.systemUTC(),
              new SecureRandom());
    } catch (SettingsException | IllegalStateException e) {
      System.err.println(e.getMessage());
      System.exit(CANNOT_START);
      return;
    } catch (IOException e) {
      System.err.println("The provider cannot start: " + e.getMessage());
      System.exit(CANNOT_START);
      return;
    }
    provider.runUntilStopped();
  }
}
