import asyncio
import os
import signal
import sys
from uuid import uuid4

from temporalio.client import Client, WorkflowFailureError
from temporalio.exceptions import CancelledError
from temporalio.worker import Worker

from workflows import Render


async def main(scene: str) -> None:
    client = await Client.connect(
        os.environ.get("TEMPORAL_ADDRESS", "localhost:7233"),
        namespace=os.environ.get("TEMPORAL_NAMESPACE", "default"),
    )
    # Here so that the example needs two terminals only; in real life the workflow has a worker process of its own.
    async with Worker(client, task_queue="render-workflows", workflows=[Render]):
        handle = await client.start_workflow(
            Render.run, scene, id=f"render-{uuid4()}", task_queue="render-workflows"
        )
        cancels = []  # asyncio itself does not keep a task alive
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGINT, lambda: cancels.append(asyncio.create_task(handle.cancel()))
        )
        print(f"{handle.id} has started; Ctrl-C cancels it", flush=True)
        try:
            print(await handle.result(), flush=True)
        except WorkflowFailureError as error:
            if not isinstance(error.cause, CancelledError):
                raise
            print(f"{handle.id} is cancelled", flush=True)


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "scene.blend"))
# A thread of the SDK's can crash Python's own end: https://github.com/temporalio/sdk-python/issues/300
os._exit(0)
