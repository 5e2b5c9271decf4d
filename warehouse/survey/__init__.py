"""The feedback survey: a form's export, read so that nothing in it says who somebody is."""
