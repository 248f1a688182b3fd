import ArgumentParser

/// The command that people type.
@main
struct ToppleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topple",
        abstract: "Simulates cascading overload: one worker process a service.",
        discussion: """
            EXAMPLE
              topple run topologies/spike-abcd.yaml

            EXIT STATUS
              0    done
              1    the run failed, or broke a law that must hold; diff, rerun: the runs differ
              2    an input is wrong: a file, a topology, a result folder
              64   wrong arguments
              130  interrupted (143 when terminated)
            """,
        version: versionText,
        subcommands: [
            RunCommand.self, RerunCommand.self, LedgerCommand.self, MapCommand.self,
            CompareCommand.self, ReportCommand.self, PlotCommand.self, TraceCommand.self,
            ExportCommand.self, ValidateCommand.self, DiffCommand.self, EvaluateCommand.self,
            StepCommand.self, BenchCommand.self, GenerateCommand.self, SchemaCommand.self,
            VersionCommand.self,
        ])
}
