import Glibc
import Processes
import ZeroMQ

// The command line of a worker process. Local runs start it once, with --zygote; everything else starts it
// with --connect. It stays small on purpose: thousands of them share one machine.

let usage = """
    usage: topple-worker --connect ENDPOINT [--name NUMBER] [--echo]
           topple-worker --zygote DIR [--echo]
           topple-worker --version | --help

      --connect ENDPOINT  serve the coordinator at ENDPOINT, such as tcp://10.0.0.5:7000
      --name NUMBER       the number of this worker in its run (default 0)
      --zygote DIR        fork workers on request (started by topple; reads standard input)
      --echo              send every message back instead of simulating, to try a connection
    """

exit(runCommandLine(Array(CommandLine.arguments.dropFirst())))
