package lmnop.builderworker;

import lmnop.operations.settings.Settings;
import lmnop.operations.settings.SettingsException;

/** Starts a builder worker from {@code --config FILE} and {@code --key=value}. */
public final class BuilderWorkerMain {
  private static final int WRONG_USE = 2;
  private static final int FAILED = 1;

  private BuilderWorkerMain() {}

  /** Runs until the process is asked to end. */
  public static void main(String[] arguments) throws InterruptedException {
    try (BuilderWorker worker =
        BuilderWorker.start(Settings.load(WorkerSettings.class, arguments))) {
      worker.runUntilStopped();
    } catch (SettingsException e) {
      end(WRONG_USE, e);
    } catch (BuilderWorker.CannotStart e) {
      end(FAILED, e);
    }
  }

  private static void end(int code, Exception e) {
    System.err.println("builder-worker: " + e.getMessage());
    System.exit(code);
  }
}
