from datetime import timedelta

from temporalio import workflow


@workflow.defn
class Render:
    @workflow.run
    async def run(self, scene: str) -> str:
        result = await workflow.execute_activity(
            "runCommand",
            {
                "file": "blender",
                "args": ["--background", scene, "--render-anim"],
                "progress": r"Fra:(\d+)",
            },
            task_queue="render-node",
            start_to_close_timeout=timedelta(days=1),
            heartbeat_timeout=timedelta(seconds=30),
            # Ends when the program is dead; the default does not wait for that.
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
        )
        return result["stdout"]
