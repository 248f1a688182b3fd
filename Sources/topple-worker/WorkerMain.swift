import Processes

/// The version that `--version` prints.
let workerVersion = "0.1.0"

/// The life of one worker process: connects to the coordinator and serves it until told to stop.
///
/// - Returns: The exit status of the process.
func workerMain(_ assignment: WorkerAssignment) -> Int32 {
    echoMain(assignment)
}
